import { invalidRecords, kafkaError } from "./kafka-error.ts";

const FIRST_CAPACITY = 1024;

/** Where decompressed bytes go: it grows as they come, and refuses to grow beyond its limit. */
export class BoundedOutput {
  readonly #limit: number;
  #bytes: Uint8Array;
  #length = 0;

  /** `expected` is what the compressed data announces, if it does: a start, not a promise. */
  constructor(limit: number, expected = 0) {
    this.#limit = limit;
    if (expected > limit) throw decompressionLimit(limit);
    this.#bytes = new Uint8Array(expected);
  }

  get length(): number {
    return this.#length;
  }

  /** Appends bytes from `start` up to `end` of the compressed data. */
  literal(source: Uint8Array, start: number, end: number): void {
    if (end > source.length) throw invalidRecords("compressed data ends within a literal");
    const at = this.#reserve(end - start);
    if (end - start > 32) {
      this.#bytes.set(source.subarray(start, end), at);
      return;
    }
    for (let i = start, out = at; i < end; i++) this.#bytes[out++] = source[i]!;
  }

  /** Appends `length` bytes from `distance` back; they may overlap what is being appended. */
  copy(distance: number, length: number): void {
    if (distance < 1 || distance > this.#length) {
      throw invalidRecords("compressed data refers to before its beginning");
    }
    const at = this.#reserve(length);
    const bytes = this.#bytes;
    const from = at - distance;
    if (distance >= length && length > 32) {
      bytes.copyWithin(at, from, from + length);
      return;
    }
    for (let i = 0; i < length; i++) bytes[at + i] = bytes[from + i]!;
  }

  /** What was appended since `start`, as a view. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  /** All of it, as a view. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(length: number): number {
    const at = this.#length;
    const needed = at + length;
    if (needed > this.#bytes.length) {
      if (needed > this.#limit) throw decompressionLimit(this.#limit);
      const grown = new Uint8Array(
        Math.min(this.#limit, Math.max(needed, this.#bytes.length * 2, FIRST_CAPACITY)),
      );
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }
}

/** The data is larger than the receiver agreed to take. */
export function decompressionLimit(limit: number): Error {
  return kafkaError(
    "OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT",
    `the records decompress to more than the ${limit} bytes that are left of the limit`,
  );
}
