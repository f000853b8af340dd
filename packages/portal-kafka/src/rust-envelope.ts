// The value of a record as the Rust portal 0.150.0 writes it. docs/protocol/kafka-portal.md, "The integer-array envelope".
//
//   envelope = [[0, decryptor: bytes], [* 0..255]]      a CBOR array with one integer for each byte of the content
//   content  = nonce: u64be, ciphertext, tag
import { decodeUtf8, encodeUtf8 } from "@ockam/codec";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";

/** A sealed value: who can open it, and what is to be opened. */
export interface RustEnvelope {
  /** The name of the consumer's decryptor: 32 hex digits where Rust chose it. */
  readonly decryptor: string;
  /** 8 bytes of nonce, ciphertext, 16 bytes of tag. */
  readonly content: Uint8Array;
}

/** The longest name of a decryptor that is read, in bytes. */
export const MAX_DECRYPTOR_NAME_LENGTH = 256;

const LOCAL = 0;
const OUTER = Uint8Array.of(0x82, 0x82, LOCAL);
const BYTES = 0x40;
const ARRAY = 0x80;
const ONE_BYTE = 0x18;
const INDEFINITE = 31;
const BREAK = 0xff;

/** Writes an envelope: 1.91 bytes for each byte of content, on average. */
export function encodeRustEnvelope({ content, decryptor }: RustEnvelope): Uint8Array {
  return rustEnvelopeEncoder(decryptor)(content);
}

/** Writes envelopes for one decryptor. */
export function rustEnvelopeEncoder(decryptor: string): (content: Uint8Array) => Uint8Array {
  const name = encodeUtf8(decryptor);
  const head = new Uint8Array(OUTER.length + headLength(name.length) + name.length);
  head.set(OUTER);
  head.set(name, writeHead(head, OUTER.length, BYTES, name.length));
  return (content) => {
    const { length } = content;
    const bytes = new Uint8Array(head.length + headLength(length) + 2 * length);
    bytes.set(head);
    let offset = writeHead(bytes, head.length, ARRAY, length);
    // Without a branch, as nobody can foresee what comes next: a short integer overwrites the mark of a longer one.
    for (let i = 0; i < length; i++) {
      const byte = content[i]!;
      bytes[offset] = ONE_BYTE;
      offset += EXTRA[byte]!;
      bytes[offset++] = byte;
    }
    return bytes.subarray(0, offset);
  };
}

/** For each byte, how many more bytes its integer has than one. */
const EXTRA = Uint8Array.from({ length: 256 }, (_, byte) => (byte < ONE_BYTE ? 0 : 1));
/** Whether a value begins as an envelope does. Nobody's values begin so by chance: they are `82 82 00` and a byte string. */
export function isRustEnvelope(value: Uint8Array): boolean {
  return (
    value.length > OUTER.length &&
    value[0] === OUTER[0] &&
    value[1] === OUTER[1] &&
    value[2] === OUTER[2] &&
    value[OUTER.length]! >> 5 === BYTES >> 5
  );
}

/**
 * Reads an envelope. As Rust does, it takes integers of any width and arrays of indefinite length; other than Rust, it
 * takes nothing behind the envelope.
 * @throws OckamError OCKAM_KAFKA_NOT_SEALED, OCKAM_KAFKA_NOT_AUTHENTIC
 */
export function decodeRustEnvelope(value: Uint8Array): RustEnvelope {
  if (!isRustEnvelope(value)) {
    throw kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.notSealed, "the value is not encrypted");
  }
  const cursor = { value, offset: OUTER.length };
  const nameLength = readHead(cursor, BYTES);
  if (nameLength === undefined || nameLength > MAX_DECRYPTOR_NAME_LENGTH) throw malformed();
  const name = value.subarray(cursor.offset, cursor.offset + nameLength);
  if (name.length < nameLength) throw malformed();
  cursor.offset += nameLength;
  return { decryptor: decryptorName(name), content: readContent(cursor) };
}

interface Cursor {
  readonly value: Uint8Array;
  offset: number;
}

function decryptorName(name: Uint8Array): string {
  try {
    return decodeUtf8(name);
  } catch (cause) {
    throw malformed(cause);
  }
}

function readContent(cursor: Cursor): Uint8Array {
  const { value } = cursor;
  const count = readHead(cursor, ARRAY);
  // One byte at least for each element: nothing is allocated for what a length announces.
  const rest = value.length - cursor.offset;
  if (count !== undefined && count > rest) throw malformed();
  if (count === undefined) return readToBreak(cursor, rest);
  const content = new Uint8Array(count);
  let { offset } = cursor;
  for (let i = 0; i < count; i++) {
    const first = value[offset]!;
    // What is read beyond the end is nothing, and the length does not fit then.
    if (first === ONE_BYTE) {
      content[i] = value[offset + 1]!;
      offset += 2;
    } else if (first < ONE_BYTE) {
      content[i] = first;
      offset += 1;
    } else {
      cursor.offset = offset;
      content[i] = readWide(cursor);
      ({ offset } = cursor);
    }
  }
  if (offset !== value.length) throw malformed();
  return content;
}

function readToBreak(cursor: Cursor, most: number): Uint8Array {
  const { value } = cursor;
  const content = new Uint8Array(most);
  let length = 0;
  while (value[cursor.offset] !== BREAK) content[length++] = readWide(cursor);
  if (cursor.offset + 1 !== value.length) throw malformed();
  return content.subarray(0, length);
}

/** A byte that is written in any way. */
function readWide(cursor: Cursor): number {
  const byte = readHead(cursor, 0);
  if (byte === undefined || byte > 0xff) throw malformed();
  return byte;
}

/** The number in a head of the major type; undefined for an indefinite length. */
function readHead(cursor: Cursor, type: number): number | undefined {
  const { value } = cursor;
  const head = value[cursor.offset++];
  if (head === undefined || (head & 0xe0) !== type) throw malformed();
  const info = head & 0x1f;
  if (info < ONE_BYTE) return info;
  if (info === INDEFINITE && type === ARRAY) return undefined;
  const width = 2 ** (info - ONE_BYTE);
  if (width > 8 || cursor.offset + width > value.length) throw malformed();
  let number = 0;
  for (let i = 0; i < width; i++) number = number * 256 + value[cursor.offset++]!;
  return number;
}

function headLength(number: number): number {
  if (number < ONE_BYTE) return 1;
  if (number < 0x100) return 2;
  return number < 0x10000 ? 3 : 5;
}

function writeHead(bytes: Uint8Array, offset: number, type: number, number: number): number {
  const length = headLength(number);
  if (length === 1) bytes[offset] = type | number;
  else {
    const width = length - 1;
    bytes[offset] = type | (ONE_BYTE + Math.log2(width));
    for (let i = 0; i < width; i++) bytes[offset + 1 + i] = number >>> (8 * (width - 1 - i));
  }
  return offset + length;
}

function malformed(cause?: unknown): Error {
  return kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.notAuthentic, "an encrypted value breaks the format", {
    cause,
  });
}
