import type { Log } from "@ockam/codec";
import type { Address, FlowControlId, Route } from "@ockam/core-routing";
import type { AttributeStorage } from "@ockam/credentials";
import type { Identifier, Identities } from "@ockam/identity";
import type { ExchangedKey } from "./exchanged-key.ts";
import type { TrustPolicy } from "./trust-policy.ts";

/** Who takes part in a channel at this end, and on which terms. */
export interface SecureChannelOptions {
  /** Holds the own identity, and learns those of accepted peers. */
  readonly identities: Identities;
  /** The own identity. */
  readonly identifier: Identifier;
  /** With whom to talk; {@link trustEveryone} by default. */
  readonly trustPolicy?: TrustPolicy;
  /** Whose credentials of the peer count. Without it, credentials that the peer presents are left aside. */
  readonly authority?: Identifier;
  /** Where the attributes of the peer's valid credentials go; needed with {@link authority}. */
  readonly attributeStorage?: AttributeStorage;
  /** The own credential to present, encoded, asked for at each handshake and refresh. */
  readonly credential?: () => Promise<Uint8Array | undefined>;
  /**
   * Only agree on keys for {@link SecureChannel.encrypt} and {@link SecureChannel.decrypt}: no messages, one key for
   * good and no protection from replays. Both ends must choose alike. False by default.
   */
  readonly keyExchangeOnly?: boolean;
  /**
   * Given, once, the key for what the peer of a key-exchange-only channel encrypts, before the channel is anybody else's: to
   * store it, and decrypt with an `ExchangedKeyReader` when the channel is gone. An error ends the handshake.
   */
  readonly onExchangedKey?: (key: ExchangedKey) => void;
  readonly log?: Log;
}

/**
 * What {@link SecureChannel.onDisturbance} tells: messages are missing, one came late, or one was refused because it was
 * not authentic or came after more lost ones than a channel can bear. Only the peer's own messages cause the first two;
 * anybody who reaches the decryptor can cause the third, so nothing should be reset for it.
 */
export type Disturbance = "lost" | "late" | "refused";

/** Bounds of a {@link SecureChannel.ping}. */
export interface PingOptions {
  /** Milliseconds, 30,000 by default. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** The worker at the other end that returns what it receives, `echo` by default. */
  readonly echo?: Address;
}

/** What went through a channel: messages of workers, pings included, and the bytes of their payloads. */
export interface ChannelTraffic {
  readonly messagesSent: number;
  readonly bytesSent: number;
  readonly messagesReceived: number;
  readonly bytesReceived: number;
}

/** One end of an established channel. docs/protocol/secure-channels.md */
export interface SecureChannel extends AsyncDisposable {
  /** Put this first in a route, and the message travels through the channel. */
  readonly address: Address;
  /** Where the peer sends its encrypted messages. */
  readonly decryptorAddress: Address;
  readonly peer: Identifier;
  readonly role: "initiator" | "responder";
  /** Consumers of this flow control are the workers that the peer may reach. */
  readonly flowControlId: FlowControlId;
  /** Where encrypted messages go at present; the last hop is the peer's decryptor. */
  readonly route: Route;
  /** When it was established, ms since 1970. */
  readonly openedAt: number;
  /** What went through it so far. */
  readonly traffic: ChannelTraffic;
  /** Resolves once the channel is closed: with an error unless one of the ends closed it on purpose. */
  readonly closed: Promise<Error | undefined>;
  /**
   * Sends a random number to the peer's `echo` worker and waits for it to come back.
   * @returns milliseconds.
   * @throws OckamError OCKAM_ROUTING_TIMEOUT when nothing returns, OCKAM_SECURE_CHANNEL_CLOSED
   */
  ping(options?: PingOptions): Promise<number>;
  /**
   * Calls `listener` when messages of the peer were lost, reordered or damaged on the way, so that streams whose
   * order depends on the channel can be reset.
   * @returns a function that ends it.
   */
  onDisturbance(listener: (disturbance: Disturbance) => void): () => void;
  /** Moves the channel: from now on messages go over `route`, which leads to the peer's node. */
  setRoute(route: Route): void;
  /**
   * Asks for the own credential, and sends it when it differs from the one presented last.
   * @returns whether it was sent.
   */
  refreshCredential(): Promise<boolean>;
  /**
   * Encrypts bytes for {@link decrypt} at the other end, which need not travel through the channel. On an ordinary
   * channel they take the place of a message: 32 or more that never reach the other end make it deaf.
   * @returns 8 bytes of nonce, the ciphertext, 16 bytes of tag.
   * @throws OckamError OCKAM_SECURE_CHANNEL_CLOSED, OCKAM_SECURE_CHANNEL_NONCES_EXHAUSTED
   */
  encrypt(plaintext: Uint8Array): Uint8Array;
  /**
   * Decrypts what {@link encrypt} made at the other end.
   * @throws OckamError OCKAM_SECURE_CHANNEL_INVALID_MESSAGE, and on an ordinary channel
   * OCKAM_SECURE_CHANNEL_REPLAYED or OCKAM_SECURE_CHANNEL_OUT_OF_WINDOW
   */
  decrypt(message: Uint8Array): Uint8Array;
  /** Says goodbye to the peer and ends the channel. */
  close(): Promise<void>;
}
