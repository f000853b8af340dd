/** Reads a gather list from its front to its end. Data come out as views. */
export class PieceCursor {
  readonly #pieces: readonly Uint8Array[];
  #index = 0;
  #offset = 0;
  #remaining = 0;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
    for (const piece of pieces) this.#remaining += piece.length;
  }

  /** The number of bytes not read yet. */
  get remaining(): number {
    return this.#remaining;
  }

  /** The next byte, or -1 at the end. */
  byte(): number {
    while (this.#index < this.#pieces.length) {
      const piece = this.#pieces[this.#index]!;
      if (this.#offset < piece.length) {
        this.#remaining -= 1;
        return piece[this.#offset++]!;
      }
      this.#index += 1;
      this.#offset = 0;
    }
    return -1;
  }

  /** The next `length` bytes, which must be there, as views without empty ones. */
  take(length: number): readonly Uint8Array[] {
    if (length > this.#remaining) throw new RangeError(`${length} bytes asked for, ${this.#remaining} left`);
    this.#remaining -= length;
    const taken: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const piece = this.#pieces[this.#index]!;
      const end = Math.min(piece.length, this.#offset + missing);
      if (end > this.#offset) taken.push(piece.subarray(this.#offset, end));
      missing -= end - this.#offset;
      this.#offset = end;
      if (end === piece.length) {
        this.#index += 1;
        this.#offset = 0;
      }
    }
    return taken;
  }

  /** The next `length` bytes joined: for few bytes. */
  bytes(length: number): Uint8Array {
    const taken = this.take(length);
    if (taken.length === 1) return taken[0]!;
    const joined = new Uint8Array(length);
    let offset = 0;
    for (const piece of taken) {
      joined.set(piece, offset);
      offset += piece.length;
    }
    return joined;
  }
}
