/** What a Noise handshake message carries, in order (Noise § 7.1). */
export type HandshakeToken = "e" | "s" | "ee" | "es" | "se" | "ss";

/** A Noise handshake pattern: who knows which key beforehand, and the tokens of each message. */
export interface HandshakePattern {
  /** Keys of the initiator, then of the responder, that the other side knows before the first message. */
  readonly preMessages?: readonly [readonly "s"[], readonly "s"[]];
  /** The messages, the initiator's first, then in turn. */
  readonly messages: readonly (readonly HandshakeToken[])[];
}

/** The pattern of Ockam secure channels: both static keys travel encrypted. Noise § 7.5. */
export const XX: HandshakePattern = {
  messages: [["e"], ["e", "ee", "s", "es"], ["s", "se"]],
};
