import { parseUuid } from "./uuid.ts";

const SLACK = 256;
const encoder = new TextEncoder();

/** A growing buffer that Kafka's primitive types are written into. */
export class KafkaWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** How many bytes are written. */
  get length(): number {
    return this.#length;
  }

  /** What was written, as a view: the writer is at its end. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was written: the buffer is used again, and earlier views of it change. */
  clear(): void {
    this.#length = 0;
  }

  writeBoolean(value: boolean): void {
    this.writeInt8(value ? 1 : 0);
  }

  writeInt8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setInt8(at, value);
  }

  writeInt16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setInt16(at, value);
  }

  writeUint16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
  }

  writeInt32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setInt32(at, value);
  }

  writeUint32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
  }

  writeInt64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, value);
  }

  writeFloat64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value);
  }

  writeUuid(text: string): void {
    this.writeBytes(parseUuid(text));
  }

  writeUvarint(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.writeUint8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.writeUint8(rest);
  }

  writeVarint(value: number): void {
    this.writeUvarint((value << 1) ^ (value >> 31));
  }

  writeVarlong(value: bigint): void {
    if (value >= -0x40000000n && value <= 0x3fffffffn) {
      this.writeVarint(Number(value));
      return;
    }
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    while (rest >= 0x80n) {
      this.writeUint8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.writeUint8(Number(rest));
  }

  writeBytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Writes over the four bytes at `offset`, which were written before. */
  patchUint32(offset: number, value: number): void {
    if (offset + 4 > this.#length) throw new RangeError("the four bytes were not written");
    this.#view.setUint32(offset, value);
  }

  writeUint8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  #reserve(length: number): number {
    const at = this.#length;
    const needed = at + length;
    if (needed > this.#bytes.length) {
      // After much at once, little follows: a message's records, and the rest of it.
      const grown = new Uint8Array(Math.max(needed + SLACK, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }
}

/** The UTF-8 bytes of a string; shared by those who must know its length first. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}
