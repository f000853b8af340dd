// The HandshakeState of Noise (revision 34, § 5.3). It differs in one respect: a message is read on a copy of the
// state, which replaces the state only when the whole message was authentic.
import { concatBytes, expectBytes, zeroBytes } from "@ockam/codec";
import type { CryptoBackend } from "@ockam/vault";
import { channelError } from "./channel-error.ts";
import { SymmetricState } from "./symmetric-state.ts";
import type { SplitKeys } from "./symmetric-state.ts";

/** Noise names suite and pattern; this is the name that Ockam's implementations mix, 32 ASCII characters. */
export const PROTOCOL_NAME = "OCKAM_XX_25519_AES256_GCM_SHA256";

/** The longest handshake message, in bytes, to send or to accept (Noise § 3). */
export const MAX_HANDSHAKE_MESSAGE_LENGTH = 65_535;

/** Bytes of an X25519 key. */
export const KEY_LENGTH = 32;

const EMPTY = new Uint8Array(0);

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

/** The own long-lived X25519 key. The secret may be far away, so the operation on it may wait. */
export interface StaticKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The X25519 shared secret with `publicKey`, 32 bytes. Rejects for a low-order point. */
  diffieHellman(publicKey: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** How a {@link HandshakeState} begins. */
export interface HandshakeOptions {
  readonly backend: CryptoBackend;
  readonly pattern: HandshakePattern;
  readonly role: "initiator" | "responder";
  /** {@link PROTOCOL_NAME} by default. */
  readonly protocolName?: string;
  /** Data that both sides must agree on; empty by default. */
  readonly prologue?: Uint8Array;
  readonly staticKey?: StaticKey;
  /** The peer's static key, 32 bytes, when the pattern wants it known beforehand. */
  readonly remoteStaticKey?: Uint8Array;
  /** For replays of recorded handshakes in tests only: a fresh secret is drawn otherwise. */
  readonly ephemeralSecret?: Uint8Array;
}

interface EphemeralKey {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** One side of a Noise handshake: write and read messages in turn, then {@link split}. Holds secrets. */
export class HandshakeState {
  readonly #backend: CryptoBackend;
  readonly #pattern: HandshakePattern;
  readonly #initiator: boolean;
  readonly #staticKey: StaticKey | undefined;
  #symmetric: SymmetricState;
  #ephemeral: EphemeralKey | undefined;
  #fixedEphemeralSecret: Uint8Array | undefined;
  #remoteStaticKey: Uint8Array | undefined;
  #remoteEphemeralKey: Uint8Array | undefined;
  #position = 0;
  #destroyed = false;

  constructor(options: HandshakeOptions) {
    this.#backend = options.backend;
    this.#pattern = options.pattern;
    this.#initiator = options.role === "initiator";
    this.#staticKey = options.staticKey;
    this.#remoteStaticKey = options.remoteStaticKey;
    this.#fixedEphemeralSecret = options.ephemeralSecret;
    this.#symmetric = SymmetricState.initialize(options.backend, options.protocolName ?? PROTOCOL_NAME);
    this.#symmetric.mixHash(options.prologue ?? EMPTY);
    const [initiatorKeys, responderKeys] = options.pattern.preMessages ?? [[], []];
    for (const _ of initiatorKeys) this.#symmetric.mixHash(this.#known(this.#initiator));
    for (const _ of responderKeys) this.#symmetric.mixHash(this.#known(!this.#initiator));
  }

  /** Whether all messages went through. */
  get finished(): boolean {
    return this.#position === this.#pattern.messages.length;
  }

  /** The peer's static key, 32 bytes, once it arrived. */
  get remoteStaticKey(): Uint8Array | undefined {
    return this.#remoteStaticKey;
  }

  /** The transcript hash, 32 bytes. */
  get hash(): Uint8Array {
    return this.#symmetric.hash;
  }

  /**
   * The next message, carrying `payload`, which is encrypted as well as the pattern allows at this point.
   * @throws OckamError OCKAM_SECURE_CHANNEL_INVALID_MESSAGE when it would exceed 65,535 bytes.
   */
  async writeMessage(payload: Uint8Array): Promise<Uint8Array> {
    const tokens = this.#turn(true);
    const symmetric = this.#symmetric.clone();
    const parts: Uint8Array[] = [];
    try {
      for (const token of tokens) {
        if (token === "e") {
          this.#ephemeral ??= this.#generateEphemeral();
          symmetric.mixHash(this.#ephemeral.publicKey);
          parts.push(this.#ephemeral.publicKey);
        } else if (token === "s") {
          parts.push(symmetric.encryptAndHash(this.#ownStaticKey().publicKey));
        } else {
          symmetric.mixKey(await this.#sharedSecret(token, this.#remoteEphemeralKey, this.#remoteStaticKey));
        }
      }
      parts.push(symmetric.encryptAndHash(payload));
      const message = concatBytes(...parts);
      if (message.length > MAX_HANDSHAKE_MESSAGE_LENGTH) throw tooLong(message.length);
      this.#commit(symmetric);
      return message;
    } catch (error) {
      symmetric.destroy();
      throw error;
    }
  }

  /**
   * Reads the peer's next message and returns its payload. When it is not authentic the state stays as it was, and
   * an authentic message may still follow.
   * @throws OckamError OCKAM_SECURE_CHANNEL_INVALID_MESSAGE
   */
  async readMessage(message: Uint8Array): Promise<Uint8Array> {
    const tokens = this.#turn(false);
    if (message.length > MAX_HANDSHAKE_MESSAGE_LENGTH) throw tooLong(message.length);
    const symmetric = this.#symmetric.clone();
    let remoteStaticKey = this.#remoteStaticKey;
    let remoteEphemeralKey = this.#remoteEphemeralKey;
    let rest = message;
    const take = (length: number): Uint8Array => {
      if (rest.length < length) throw channelError("INVALID_MESSAGE", "a handshake message is too short");
      const part = rest.slice(0, length);
      rest = rest.subarray(length);
      return part;
    };
    try {
      for (const token of tokens) {
        if (token === "e") {
          remoteEphemeralKey = take(KEY_LENGTH);
          symmetric.mixHash(remoteEphemeralKey);
        } else if (token === "s") {
          remoteStaticKey = symmetric.decryptAndHash(take(KEY_LENGTH + symmetric.overhead));
        } else {
          symmetric.mixKey(await this.#sharedSecret(token, remoteEphemeralKey, remoteStaticKey));
        }
      }
      const payload = symmetric.decryptAndHash(rest);
      this.#remoteStaticKey = remoteStaticKey;
      this.#remoteEphemeralKey = remoteEphemeralKey;
      this.#commit(symmetric);
      return payload;
    } catch (cause) {
      symmetric.destroy();
      throw channelError(
        "INVALID_MESSAGE",
        `handshake message ${this.#position + 1} is not authentic: damaged or forged on the way, or of another protocol`,
        { cause },
      );
    }
  }

  /**
   * The two cipher keys, in the order of the derivation, after which the state is destroyed.
   * @throws TypeError before the last message.
   */
  split(): SplitKeys {
    if (!this.finished) throw new TypeError("the handshake is not finished: messages are missing");
    const keys = this.#symmetric.split();
    this.destroy();
    return keys;
  }

  /** Overwrites all secrets, also those of a message that is being worked on. The state is of no use afterwards. */
  destroy(): void {
    this.#destroyed = true;
    this.#symmetric.destroy();
    if (this.#ephemeral !== undefined) zeroBytes(this.#ephemeral.secret);
    this.#ephemeral = undefined;
  }

  #commit(symmetric: SymmetricState): void {
    if (this.#destroyed) throw destroyed();
    this.#symmetric.destroy();
    this.#symmetric = symmetric;
    this.#position += 1;
  }

  #turn(writing: boolean): readonly HandshakeToken[] {
    const tokens = this.#pattern.messages[this.#position];
    const ownTurn = (this.#position % 2 === 0) === this.#initiator;
    if (tokens === undefined || ownTurn !== writing) {
      throw new TypeError(`not the turn to ${writing ? "write" : "read"} a handshake message`);
    }
    return tokens;
  }

  async #sharedSecret(
    token: "ee" | "es" | "se" | "ss",
    remoteEphemeralKey: Uint8Array | undefined,
    remoteStaticKey: Uint8Array | undefined,
  ): Promise<Uint8Array> {
    // The first letter names the initiator's key, the second the responder's.
    const own = token[this.#initiator ? 0 : 1];
    const remote = token[this.#initiator ? 1 : 0] === "e" ? remoteEphemeralKey : remoteStaticKey;
    if (remote === undefined) throw new TypeError(`"${token}" comes before the peer's key in this pattern`);
    if (own === "s") return this.#ownStaticKey().diffieHellman(remote);
    if (this.#ephemeral === undefined) throw destroyed();
    return this.#backend.x25519(this.#ephemeral.secret, remote);
  }

  #generateEphemeral(): EphemeralKey {
    const secret = this.#fixedEphemeralSecret?.slice() ?? this.#backend.randomBytes(KEY_LENGTH);
    this.#fixedEphemeralSecret = undefined;
    return { secret, publicKey: this.#backend.x25519PublicKey(secret) };
  }

  #known(own: boolean): Uint8Array {
    if (own) return this.#ownStaticKey().publicKey;
    if (this.#remoteStaticKey === undefined) throw new TypeError('this pattern needs "remoteStaticKey"');
    return expectBytes(this.#remoteStaticKey, KEY_LENGTH, "remoteStaticKey");
  }

  #ownStaticKey(): StaticKey {
    if (this.#staticKey === undefined) throw new TypeError('this pattern needs "staticKey"');
    return this.#staticKey;
  }
}

function destroyed(): Error {
  return channelError("CLOSED", "the handshake was abandoned");
}

function tooLong(length: number): Error {
  return channelError(
    "INVALID_MESSAGE",
    `a handshake message of ${length} bytes exceeds the limit of ${MAX_HANDSHAKE_MESSAGE_LENGTH}: present fewer or smaller credentials`,
    { details: { length, limit: MAX_HANDSHAKE_MESSAGE_LENGTH } },
  );
}
