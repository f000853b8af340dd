// A value or field as it is sealed with a topic key. docs/protocol/kafka-keys.md, "The record".
//
//   record = ff 6f 6b 01, compression: u8, key id: 24 bytes, counter: u32be, ciphertext, tag
import { concatBytes, encodeUtf8, isOckamError } from "@ockam/codec";
import { AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH } from "@ockam/vault";
import type { AeadKey } from "@ockam/vault";
import { deflateRawSync, inflateRawSync } from "node:zlib";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import type { RecordPlace } from "./record-cipher.ts";
import { KEY_ID_LENGTH } from "./topic-key.ts";

/** How many times its compressed length a content may have. One that would be longer is not compressed. */
export const MAX_INFLATION = 64;
/** The highest counter of a record. */
export const MAX_COUNTER = 0xffff_ffff;

const MAGIC = Uint8Array.of(0xff, 0x6f, 0x6b);
const VERSION = 1;
const COMPRESSION_OFFSET = 4;
const KEY_ID_OFFSET = 5;
const COUNTER_OFFSET: number = KEY_ID_OFFSET + KEY_ID_LENGTH;
/** Bytes in front of the ciphertext. */
const HEADER_LENGTH: number = COUNTER_OFFSET + 4;

const NOT_COMPRESSED = 0;
const DEFLATE = 1;
/** Shorter contents gain nothing. */
const MIN_COMPRESSED_LENGTH = 64;

const LABEL = encodeUtf8("ockam kafka record v1");

/** What a record is sealed with: a key, and a number that was not used with it before. */
export interface RecordSeal {
  readonly key: AeadKey;
  /** {@link KEY_ID_LENGTH} bytes. */
  readonly keyId: Uint8Array;
  /** Up to {@link MAX_COUNTER}. */
  readonly counter: number;
  /** Compresses first where that helps. */
  readonly compress: boolean;
}

/** Seals a content for its place. */
export function sealTopicKeyRecord(
  { compress, counter, key, keyId }: RecordSeal,
  place: RecordPlace,
  content: Uint8Array,
): Uint8Array {
  const compressed = compress ? deflated(content) : undefined;
  const header = new Uint8Array(HEADER_LENGTH);
  header.set(MAGIC);
  header[MAGIC.length] = VERSION;
  header[COMPRESSION_OFFSET] = compressed === undefined ? NOT_COMPRESSED : DEFLATE;
  header.set(keyId, KEY_ID_OFFSET);
  new DataView(header.buffer).setUint32(COUNTER_OFFSET, counter);
  const sealed = key.seal(nonceOf(header), associatedData(header, place), [compressed ?? content]);
  return concatBytes(header, ...sealed);
}

/** Whether a value begins as a record does: no text and no other format does. */
export function isTopicKeyRecord(value: Uint8Array): boolean {
  return MAGIC.every((byte, index) => value[index] === byte);
}

/**
 * The id of the key that a record is sealed with: a view.
 * @throws OckamError OCKAM_KAFKA_NOT_AUTHENTIC for what breaks the format
 */
export function keyIdOf(record: Uint8Array): Uint8Array {
  const isWhole = record.length >= HEADER_LENGTH + AEAD_TAG_LENGTH && isTopicKeyRecord(record);
  if (!isWhole || record[MAGIC.length] !== VERSION || record[COMPRESSION_OFFSET]! > DEFLATE) {
    throw notAuthentic("an encrypted value breaks the format, or is of a newer version");
  }
  return record.subarray(KEY_ID_OFFSET, COUNTER_OFFSET);
}

/**
 * Opens a record, at the place that it was sealed for and nowhere else.
 * @throws OckamError OCKAM_KAFKA_NOT_AUTHENTIC
 */
export function openTopicKeyRecord(key: AeadKey, place: RecordPlace, record: Uint8Array): Uint8Array {
  keyIdOf(record);
  const header = record.subarray(0, HEADER_LENGTH);
  const content = decrypt(key, header, place, record.subarray(HEADER_LENGTH));
  return header[COMPRESSION_OFFSET] === DEFLATE ? inflated(content) : content;
}

function decrypt(key: AeadKey, header: Uint8Array, place: RecordPlace, ciphertext: Uint8Array): Uint8Array {
  try {
    const pieces = key.open(nonceOf(header), associatedData(header, place), [ciphertext]);
    return pieces.length === 1 ? pieces[0]! : concatBytes(...pieces);
  } catch (cause) {
    if (!isOckamError(cause, "OCKAM_VAULT_DECRYPTION_FAILED")) throw cause;
    throw notAuthentic("the record was altered, or belongs to another place", cause);
  }
}

function nonceOf(header: Uint8Array): Uint8Array {
  const nonce = new Uint8Array(AEAD_NONCE_LENGTH);
  nonce.set(header.subarray(COUNTER_OFFSET), AEAD_NONCE_LENGTH - 4);
  return nonce;
}

/** What is authenticated with a record, without being in it. */
function associatedData(header: Uint8Array, { field, key, partition, topic }: RecordPlace): Uint8Array {
  const name = encodeUtf8(topic);
  const steps = field === undefined || field.length === 0 ? NO_STEPS : concatBytes(...field.map(stepBytes));
  // One allocation for each record.
  const keyOffset = LABEL.length + HEADER_LENGTH + 6 + name.length;
  const keyLength = key === null ? 1 : 5 + key.length;
  const aad = new Uint8Array(keyOffset + keyLength + steps.length);
  const view = new DataView(aad.buffer);
  aad.set(LABEL);
  aad.set(header, LABEL.length);
  view.setInt32(LABEL.length + HEADER_LENGTH, partition);
  view.setUint16(LABEL.length + HEADER_LENGTH + 4, name.length);
  aad.set(name, keyOffset - name.length);
  if (key !== null) {
    aad[keyOffset] = 1;
    view.setUint32(keyOffset + 1, key.length);
    aad.set(key, keyOffset + 5);
  }
  aad.set(steps, keyOffset + keyLength);
  return aad;
}

const NO_STEPS = new Uint8Array(0);

function stepBytes(step: string | number): Uint8Array {
  const name = typeof step === "number" ? NO_STEPS : encodeUtf8(step);
  const bytes = new Uint8Array(5 + name.length);
  bytes[0] = typeof step === "number" ? 0 : 1;
  new DataView(bytes.buffer).setUint32(1, typeof step === "number" ? step : name.length);
  bytes.set(name, 5);
  return bytes;
}

/** The content compressed, if that makes it shorter and not so much shorter that nobody would open it. */
function deflated(content: Uint8Array): Uint8Array | undefined {
  if (content.length < MIN_COMPRESSED_LENGTH) return undefined;
  // The fastest level: batches are compressed while a producer waits.
  const compressed = deflateRawSync(content, { level: 1 });
  const isShorter = compressed.length < content.length;
  return isShorter && content.length <= compressed.length * MAX_INFLATION ? compressed : undefined;
}

function inflated(content: Uint8Array): Uint8Array {
  try {
    const maxOutputLength = Math.max(1, content.length * MAX_INFLATION);
    const { buffer, byteLength, byteOffset } = inflateRawSync(content, { maxOutputLength });
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (cause) {
    throw notAuthentic(
      `a compressed value is damaged, or has more than ${MAX_INFLATION} times its length`,
      cause,
    );
  }
}

function notAuthentic(message: string, cause?: unknown): Error {
  return kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.notAuthentic, message, { cause });
}
