import { invalidMessage } from "./kafka-error.ts";
import { MAX_MESSAGE_STRUCTS, MAX_STRING_LENGTH } from "./limits.ts";
import { formatUuid, UUID_LENGTH } from "./uuid.ts";

const SHORT_TEXT = 48;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A cursor over the bytes of a Kafka message, as of the "Protocol Primitive Types" of Kafka's protocol guide. Every length and count
 * is checked against the bytes that are left before anything is allocated, and bytes are handed out as views.
 * Methods throw OckamError OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE.
 */
export class KafkaReader {
  readonly bytes: Uint8Array;
  offset: number;
  readonly #view: DataView;
  #structs = 0;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** Ends the message: nothing may be left. */
  end(): void {
    if (this.remaining !== 0) throw invalidMessage(`${this.remaining} bytes follow the end of the message`);
  }

  readBoolean(): boolean {
    return this.readInt8() !== 0;
  }

  readInt8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  readInt16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  readUint16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  readInt32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  readUint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  readInt64(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  readFloat64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  readUuid(): string {
    return formatUuid(this.bytes, this.#take(UUID_LENGTH));
  }

  /** An unsigned varint of at most 32 bits. */
  readUvarint(): number {
    const first = this.bytes[this.offset];
    if (first !== undefined && first < 0x80) {
      this.offset += 1;
      return first;
    }
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.bytes[this.#take(1)]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.bytes[this.#take(1)]!;
    if (last > 0x0f) throw invalidMessage("a varint has more than 32 bits");
    return (value | (last << 28)) >>> 0;
  }

  /** A zigzag varint of at most 32 bits. */
  readVarint(): number {
    const value = this.readUvarint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** A zigzag varint of at most 64 bits. */
  readVarlong(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.bytes[this.#take(1)]!;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt((low >>> 1) ^ -(low & 1));
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 63n; shift += 7n) {
      const byte = this.bytes[this.#take(1)]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n);
    }
    const last = this.bytes[this.#take(1)]!;
    if (last > 1) throw invalidMessage("a varint has more than 64 bits");
    value |= BigInt(last) << 63n;
    return (value >> 1n) ^ -(value & 1n);
  }

  /** `length` bytes as a view. */
  readView(length: number): Uint8Array {
    const start = this.#take(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Leaves out `length` bytes. */
  skip(length: number): void {
    this.#take(length);
  }

  /** A string of `length` bytes of UTF-8. */
  readText(length: number): string {
    if (length > MAX_STRING_LENGTH) throw invalidMessage(`a string of ${length} bytes is too long`);
    const start = this.#take(length);
    if (length > SHORT_TEXT) return decodeText(this.bytes.subarray(start, start + length));
    let text = "";
    for (let i = start; i < start + length; i++) {
      const byte = this.bytes[i]!;
      if (byte >= 0x80) return decodeText(this.bytes.subarray(start, start + length));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /**
   * The count before an array whose elements take at least `size` bytes each, -1 for null. The `compact` form is that of flexible
   * versions.
   */
  readCount(compact: boolean, size: number): number {
    const count = compact ? this.readUvarint() - 1 : this.readInt32();
    if (count < -1) throw invalidMessage(`an array has ${count} elements`);
    if (count * size > this.remaining) {
      throw invalidMessage(`an array of ${count} elements in ${this.remaining} bytes`);
    }
    return count;
  }

  /** Counts structs that are about to be made, see {@link MAX_MESSAGE_STRUCTS}. */
  countStructs(count: number): void {
    this.#structs += count;
    if (this.#structs > MAX_MESSAGE_STRUCTS) {
      throw invalidMessage(`a message of more than ${MAX_MESSAGE_STRUCTS} structs`);
    }
  }

  #take(length: number): number {
    const start = this.offset;
    if (length < 0 || length > this.bytes.length - start) {
      throw invalidMessage(`the message ends ${this.remaining} bytes into a value of ${length} bytes`);
    }
    this.offset = start + length;
    return start;
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw invalidMessage("a string is not valid UTF-8", cause);
  }
}
