import { createHash, randomBytes } from "node:crypto";

const BLOCK = 64 * 1024;

/**
 * A byte stream without end that both sides of a transfer can make and check without keeping it: one random block,
 * repeated, with its number in the first eight bytes of each repetition, so that loss, doubling and reordering show.
 */
export class BytePattern {
  readonly #block: Uint8Array;
  readonly #view: DataView;

  /** `seed` is the block, 64 KiB of random bytes by default. */
  constructor(seed: Uint8Array = randomBytes(BLOCK)) {
    this.#block = Uint8Array.from(seed);
    this.#view = new DataView(this.#block.buffer);
  }

  /** The bytes from `offset` to the end of their block, at most `limit` of them; a copy. */
  chunk(offset: number, limit: number): Uint8Array {
    const start = offset % BLOCK;
    this.#number(offset);
    return this.#block.slice(start, Math.min(BLOCK, start + limit));
  }

  /** Whether `data` are the bytes at `offset`. */
  matches(offset: number, data: Uint8Array): boolean {
    for (let done = 0; done < data.length;) {
      const start = (offset + done) % BLOCK;
      const length = Math.min(BLOCK - start, data.length - done);
      this.#number(offset + done);
      const expected = this.#block.subarray(start, start + length);
      if (Buffer.compare(expected, data.subarray(done, done + length)) !== 0) return false;
      done += length;
    }
    return true;
  }

  /** SHA-256 of the first `length` bytes, in hex. */
  sha256(length: number): string {
    const hash = createHash("sha256");
    for (let offset = 0; offset < length; offset += BLOCK) hash.update(this.chunk(offset, length - offset));
    return hash.digest("hex");
  }

  #number(offset: number): void {
    this.#view.setBigUint64(0, BigInt(Math.floor(offset / BLOCK)));
  }
}
