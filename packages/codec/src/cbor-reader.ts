// Reads CBOR (RFC 8949) item by item, as leniently as Ockam's Rust decoder and no more: integers of any width,
// arrays and maps of either length form, byte and text strings of definite length only, no tags. What is skipped may be
// any item.
// docs/protocol/encodings.md, "CBOR".
import { decodeUtf8 } from "./bytes.ts";
import { OckamError } from "./error.ts";

/** How deep items may nest unless a reader is told otherwise. The deepest Ockam structure has 12 levels. */
export const MAX_CBOR_DEPTH = 24;

/**
 * How many items one reader skips, all calls together. No part of Ockam needs more than a few thousand (a long change
 * history), and 16 MiB of one-byte items would keep a node busy for a second.
 */
export const MAX_CBOR_SKIPPED_ITEMS = 65_536;

/** Bounds of one reader. */
export interface CborReaderLimits {
  /** How deep arrays and maps may nest, {@link MAX_CBOR_DEPTH} by default. */
  readonly maxDepth?: number;
}

/**
 * The items of an array, or the entries of a map, that is being read. Call {@link next} before each item (each key
 * of a map), and {@link end} after the last one that matters: it skips what a newer peer may have added.
 */
export interface CborItems {
  /** Whether another item follows. */
  next(): boolean;
  /** Like {@link next}, but its absence is an error that names `field`. */
  need(field: string): void;
  /** The next item read by `read`, or undefined when it is absent or null. */
  optional<T>(read: () => T): T | undefined;
  /** Skips the rest. */
  end(): void;
}

const BREAK = 0xff;
const INDEFINITE = -1;

/** A cursor over CBOR bytes. Views are returned, nothing is copied; bytes after the last item read are ignored. */
export class CborReader {
  readonly #data: Uint8Array;
  readonly #maxDepth: number;
  #offset: number;
  #depth = 0;
  #skipped = 0;

  constructor(data: Uint8Array, limits: CborReaderLimits = {}) {
    this.#data = data;
    this.#offset = 0;
    this.#maxDepth = limits.maxDepth ?? MAX_CBOR_DEPTH;
  }

  /** The number of bytes read so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether all bytes were read. */
  get done(): boolean {
    return this.#offset >= this.#data.length;
  }

  /** An unsigned integer up to `max`, which is at most 2^53 - 1. */
  uint(max: number = Number.MAX_SAFE_INTEGER): number {
    const start = this.#offset;
    const head = this.#byte();
    if (head >> 5 !== 0) throw this.#unexpected("an unsigned integer", start);
    const value = this.#argument(head & 0x1f, start);
    if (value > max) throw this.#invalid(`an integer exceeds ${max}`, start);
    return value;
  }

  /** An unsigned integer of up to 64 bits. */
  uint64(): bigint {
    const start = this.#offset;
    if (this.#peek() !== 0x1b) return BigInt(this.uint());
    this.#offset += 1;
    this.#require(8, start);
    let value = 0n;
    for (let i = 0; i < 8; i++) value = (value << 8n) | BigInt(this.#data[this.#offset++]!);
    return value;
  }

  /** `true` or `false`. */
  bool(): boolean {
    const start = this.#offset;
    const head = this.#byte();
    if (head === 0xf5) return true;
    if (head === 0xf4) return false;
    throw this.#unexpected("a boolean", start);
  }

  /** Consumes `null` when it is the next item, and says whether it was. */
  null(): boolean {
    if (this.#peek() !== 0xf6) return false;
    this.#offset += 1;
    return true;
  }

  /** A byte string of definite length, exactly `length` bytes when given: a view. */
  bytes(length?: number): Uint8Array {
    const start = this.#offset;
    const count = this.bytesHead();
    if (length !== undefined && count !== length) {
      throw this.#invalid(`expected ${length} bytes, found ${count}`, start);
    }
    this.#require(count, start);
    this.#offset += count;
    return this.#data.subarray(this.#offset - count, this.#offset);
  }

  /** The length of a byte string whose content is left unread (it may lie outside this reader's bytes). */
  bytesHead(): number {
    const start = this.#offset;
    const head = this.#byte();
    if (head >> 5 !== 2) throw this.#unexpected("a byte string", start);
    return this.#argument(head & 0x1f, start);
  }

  /** A text string of definite length. */
  text(): string {
    const start = this.#offset;
    const head = this.#byte();
    if (head >> 5 !== 3) throw this.#unexpected("a text string", start);
    const count = this.#argument(head & 0x1f, start);
    this.#require(count, start);
    this.#offset += count;
    return decodeUtf8(this.#data.subarray(this.#offset - count, this.#offset));
  }

  /** Opens an array. */
  array(): CborItems {
    return this.#open(4, "an array");
  }

  /** Opens a map: each {@link CborItems.next} stands before a key, and the caller reads or skips key and value. */
  map(): CborItems {
    return this.#open(5, "a map");
  }

  /**
   * Opens an enum `[index, fields]` (a definite 2-array, as Rust requires) and returns the index; the caller then
   * reads the array of fields.
   */
  variant(): number {
    const start = this.#offset;
    const head = this.#byte();
    const definite = head >> 5 === 4 && (head & 0x1f) !== 31;
    if (!definite || this.#argument(head & 0x1f, start) !== 2) {
      throw this.#unexpected("an enum (an array of two)", start);
    }
    return this.uint();
  }

  /** The encoded bytes of the next item, which is skipped: a view. Bounded as {@link skip} is. */
  raw(): Uint8Array {
    const start = this.#offset;
    this.skip();
    return this.#data.subarray(start, this.#offset);
  }

  /** Skips the next item, of any type: at most {@link MAX_CBOR_SKIPPED_ITEMS} in all, counting those inside others. */
  skip(): void {
    const start = this.#offset;
    // Items still to come at each open level; INDEFINITE until a break. A plain stack: no recursion to overflow.
    const levels: number[] = [1];
    while (levels.length > 0) {
      const top = levels.length - 1;
      if (levels[top] === 0) {
        levels.pop();
        continue;
      }
      if (levels[top] === INDEFINITE && this.#peek() === BREAK) {
        this.#offset += 1;
        levels.pop();
        continue;
      }
      if (levels[top] !== INDEFINITE) levels[top]! -= 1;
      this.#countSkipped(start);
      const head = this.#byte();
      const major = head >> 5;
      const info = head & 0x1f;
      if (major === 7) {
        if (info === 31) throw this.#invalid("a break without a container", start);
        const width = info < 24 ? 0 : info < 28 ? 1 << (info - 24) : this.#reserved(start);
        this.#require(width, start);
        this.#offset += width;
      } else if (major === 4 || major === 5) {
        if (this.#depth + levels.length > this.#maxDepth) throw this.#tooDeep(start);
        if (info === 31) levels.push(INDEFINITE);
        else levels.push(this.#argument(info, start) * (major === 5 ? 2 : 1));
      } else if (major === 6) {
        this.#argument(info, start);
        levels.push(1);
        if (this.#depth + levels.length > this.#maxDepth) throw this.#tooDeep(start);
      } else if (major === 2 || major === 3) {
        if (info === 31) this.#skipChunks(major);
        else this.#skipString(info, start);
      } else if (info === 27) {
        this.#require(8, start);
        this.#offset += 8;
      } else {
        this.#argument(info, start);
      }
    }
  }

  #countSkipped(start: number): void {
    this.#skipped += 1;
    if (this.#skipped > MAX_CBOR_SKIPPED_ITEMS) {
      throw this.#invalid(`more than ${MAX_CBOR_SKIPPED_ITEMS} items are to be skipped`, start);
    }
  }

  #skipString(info: number, start: number): void {
    const count = this.#argument(info, start);
    this.#require(count, start);
    this.#offset += count;
  }

  /** The chunks of a string of indefinite length, which nobody may send where a string is expected. */
  #skipChunks(major: number): void {
    while (this.#peek() !== BREAK) {
      const start = this.#offset;
      this.#countSkipped(start);
      const head = this.#byte();
      if (head >> 5 !== major) throw this.#invalid("a string with a chunk of another type", start);
      this.#skipString(head & 0x1f, start);
    }
    this.#offset += 1;
  }

  #open(major: number, expected: string): CborItems {
    const start = this.#offset;
    const head = this.#byte();
    if (head >> 5 !== major) throw this.#unexpected(expected, start);
    let remaining = (head & 0x1f) === 31 ? INDEFINITE : this.#argument(head & 0x1f, start);
    // An item takes at least one byte, so a count beyond the bytes left is a lie: found before anything is allocated.
    const width = major === 5 ? 2 : 1;
    if (remaining !== INDEFINITE && remaining * width > this.#data.length - this.#offset) {
      throw this.#invalid("announces more items than bytes follow", start);
    }
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) throw this.#tooDeep(start);
    const next = (): boolean => {
      if (remaining === INDEFINITE) {
        if (this.#peek() !== BREAK) return true;
        this.#offset += 1;
        remaining = 0;
      }
      if (remaining === 0) return false;
      remaining -= 1;
      return true;
    };
    return {
      next,
      need: (field) => {
        if (!next()) throw this.#invalid(`"${field}" is missing`, start);
      },
      optional: (read) => (next() && !this.null() ? read() : undefined),
      end: () => {
        while (next()) for (let i = 0; i < width; i++) this.skip();
        this.#depth -= 1;
      },
    };
  }

  #argument(info: number, start: number): number {
    if (info < 24) return info;
    if (info > 27) return this.#reserved(start);
    const width = 1 << (info - 24);
    this.#require(width, start);
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + this.#data[this.#offset++]!;
    if (value > Number.MAX_SAFE_INTEGER) throw this.#invalid("a number exceeds 2^53 - 1", start);
    return value;
  }

  #reserved(start: number): never {
    throw this.#invalid("a reserved or indefinite head", start);
  }

  #peek(): number {
    const byte = this.#data[this.#offset];
    if (byte === undefined) throw this.#invalid("the data is cut off", this.#offset);
    return byte;
  }

  #byte(): number {
    const byte = this.#peek();
    this.#offset += 1;
    return byte;
  }

  #require(count: number, start: number): void {
    if (count > this.#data.length - this.#offset) throw this.#invalid("the data is cut off", start);
  }

  #unexpected(expected: string, offset: number): OckamError {
    return this.#invalid(`expected ${expected}`, offset);
  }

  #tooDeep(offset: number): OckamError {
    return this.#invalid(`items nest deeper than ${this.#maxDepth} levels`, offset);
  }

  #invalid(what: string, offset: number): OckamError {
    return new OckamError("OCKAM_CODEC_INVALID_CBOR", `invalid CBOR: ${what} (at byte ${offset})`, {
      details: { offset },
    });
  }
}
