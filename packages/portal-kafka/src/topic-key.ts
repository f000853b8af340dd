// What a topic key is, and what is derived from it. docs/protocol/kafka-keys.md, "The key".
import { concatBytes, encodeUtf8 } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";
import { AEAD_KEY_LENGTH, SECRET_KEY_LENGTH } from "@ockam/vault";
import type { CryptoBackend } from "@ockam/vault";

/** Bytes of an origin. */
export const ORIGIN_LENGTH = 8;
/** The longest name of a topic, in bytes: what Kafka allows. */
export const MAX_TOPIC_LENGTH = 249;
/** Bytes of the secret that all of a topic key is derived from. */
export const TOPIC_SECRET_LENGTH: number = SECRET_KEY_LENGTH;
/** Bytes of a key's id that commit to the key. */
const COMMITMENT_LENGTH = 16;
/** Bytes of a key's id: its origin, and what commits to the key. */
export const KEY_ID_LENGTH: number = ORIGIN_LENGTH + COMMITMENT_LENGTH;

const LABEL = encodeUtf8("ockam kafka topic key v1");
const ORIGIN_LABEL = encodeUtf8("ockam kafka key origin v1");
const NO_SALT = new Uint8Array(0);

/** What its id says about a topic key. */
export interface TopicKeyTerms {
  /** Where it was made: {@link keyOrigin}. */
  readonly origin: Uint8Array;
  readonly producer: Identifier;
  readonly topic: string;
  /** Seconds since 1970. */
  readonly sealsUntil: number;
  /** Seconds since 1970; 0 for never. */
  readonly keptUntil: number;
}

/** What is derived from a secret and the terms. */
export interface DerivedTopicKey {
  /** {@link KEY_ID_LENGTH} bytes. */
  readonly id: Uint8Array;
  /** For AES-256-GCM: for the caller to overwrite. */
  readonly aesKey: Uint8Array;
}

/**
 * Derives a key and its id, which commits to the secret and to all terms.
 * @throws RangeError for a topic that is empty or longer than {@link MAX_TOPIC_LENGTH}
 */
export function deriveTopicKey(
  backend: CryptoBackend,
  { keptUntil, origin, producer, sealsUntil, topic }: TopicKeyTerms,
  secret: Uint8Array,
): DerivedTopicKey {
  if (!isTopicName(topic)) throw new RangeError("a topic's name has 1 to 249 bytes");
  const times = new DataView(new ArrayBuffer(16));
  times.setBigUint64(0, BigInt(sealsUntil));
  times.setBigUint64(8, BigInt(keptUntil));
  const info = concatBytes(LABEL, origin, producer.bytes, new Uint8Array(times.buffer), encodeUtf8(topic));
  const okm = backend.hkdfSha256(secret, NO_SALT, info, AEAD_KEY_LENGTH + COMMITMENT_LENGTH);
  const id = concatBytes(origin, okm.subarray(AEAD_KEY_LENGTH));
  return { id, aesKey: okm.subarray(0, AEAD_KEY_LENGTH) };
}

/** Whether a topic of this name can have a key. */
export function isTopicName(topic: string): boolean {
  const { length } = encodeUtf8(topic);
  return length > 0 && length <= MAX_TOPIC_LENGTH;
}

/** Where keys are made: the storage with this salt, of the node with this identifier. {@link ORIGIN_LENGTH} bytes. */
export function keyOrigin(backend: CryptoBackend, producer: Identifier, salt: Uint8Array): Uint8Array {
  return backend.sha256(ORIGIN_LABEL, producer.bytes, salt).subarray(0, ORIGIN_LENGTH);
}

/** The origin that a key's id tells: a view. */
export function originOf(id: Uint8Array): Uint8Array {
  return id.subarray(0, ORIGIN_LENGTH);
}
