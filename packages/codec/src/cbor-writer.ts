// Writes CBOR (RFC 8949) in the one form that Ockam peers emit: definite lengths, shortest heads, no tags.
import { encodeUtf8 } from "./bytes.ts";

const INITIAL_CAPACITY = 256;

/** Builds CBOR items one after the other. Methods return the writer, so that calls chain in the order of the wire. */
export class CborWriter {
  #buffer: Uint8Array;
  #length = 0;

  constructor(capacity: number = INITIAL_CAPACITY) {
    this.#buffer = new Uint8Array(capacity);
  }

  /** The number of bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** The head of an array of `count` items, which the next calls write. */
  array(count: number): this {
    return this.#head(0x80, count);
  }

  /** The head of a map of `count` entries: the next calls write key, value, key, value, … */
  map(count: number): this {
    return this.#head(0xa0, count);
  }

  /** An unsigned integer: a non-negative safe integer or a bigint below 2^64. */
  uint(value: number | bigint): this {
    return this.#head(0x00, value);
  }

  /** A byte string. */
  bytes(value: Uint8Array): this {
    this.bytesHead(value.length);
    return this.raw(value);
  }

  /** Only the head of a byte string of `length` bytes: for content that is sent as pieces of its own. */
  bytesHead(length: number): this {
    return this.#head(0x40, length);
  }

  /** A text string. */
  text(value: string): this {
    const utf8 = encodeUtf8(value);
    this.#head(0x60, utf8.length);
    return this.raw(utf8);
  }

  /** `true` or `false`. */
  bool(value: boolean): this {
    return this.#byte(value ? 0xf5 : 0xf4);
  }

  /** `null`, which is also an absent option before a present one. */
  null(): this {
    return this.#byte(0xf6);
  }

  /** The wrapper of an enum variant, `[index, fields]`: the next call writes the array of its fields. */
  variant(index: number): this {
    return this.array(2).uint(index);
  }

  /** Bytes that are CBOR already. */
  raw(encoded: Uint8Array): this {
    this.#reserve(encoded.length);
    this.#buffer.set(encoded, this.#length);
    this.#length += encoded.length;
    return this;
  }

  /** What was written: a view of the writer's buffer, which must not be written to afterwards. */
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #byte(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  #head(major: number, argument: number | bigint): this {
    this.#reserve(9);
    const buffer = this.#buffer;
    if (typeof argument === "number") {
      if (argument < 0 || !Number.isSafeInteger(argument)) {
        throw new RangeError(`"value" expected a non-negative safe integer, got ${argument}`);
      }
      if (argument < 24) {
        buffer[this.#length++] = major | argument;
        return this;
      }
      if (argument < 0x100) {
        buffer[this.#length++] = major | 24;
        buffer[this.#length++] = argument;
        return this;
      }
      if (argument < 0x10000) {
        buffer[this.#length++] = major | 25;
        buffer[this.#length++] = argument >>> 8;
        buffer[this.#length++] = argument & 0xff;
        return this;
      }
      if (argument < 0x100000000) {
        buffer[this.#length++] = major | 26;
        this.#uint32(argument);
        return this;
      }
    } else {
      if (argument < 0n || argument > 0xffffffffffffffffn) {
        throw new RangeError(`"value" expected an unsigned 64-bit integer, got ${argument}`);
      }
      if (argument <= BigInt(Number.MAX_SAFE_INTEGER)) return this.#head(major, Number(argument));
    }
    const wide = BigInt(argument);
    buffer[this.#length++] = major | 27;
    this.#uint32(Number(wide >> 32n));
    this.#uint32(Number(wide & 0xffffffffn));
    return this;
  }

  #uint32(value: number): void {
    const buffer = this.#buffer;
    buffer[this.#length++] = value >>> 24;
    buffer[this.#length++] = (value >>> 16) & 0xff;
    buffer[this.#length++] = (value >>> 8) & 0xff;
    buffer[this.#length++] = value & 0xff;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
