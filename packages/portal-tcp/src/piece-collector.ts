/** Pieces shorter than this are worth collecting while they wait: as objects they take several times their length. */
export const SMALL_PIECE = 1024;

const MAX_BUFFER_LENGTH = 16_384;

/**
 * Copies small pieces that have to wait together, in order: a peer that sends its bytes one by one to a slow application
 * must not cost an object for each. Its buffers double, so that they are half full at least.
 */
export class PieceCollector {
  readonly #emit: (bytes: Uint8Array) => void;
  #buffer: Uint8Array = new Uint8Array(0);
  #filled = 0;

  /** `emit` gets the collected bytes: when a buffer is full, and at a {@link flush}. */
  constructor(emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
  }

  /** The bytes that were not emitted yet. */
  get length(): number {
    return this.#filled;
  }

  add(piece: Uint8Array): void {
    for (let rest = piece; rest.length > 0;) {
      if (this.#filled === this.#buffer.length) {
        const length = Math.min(MAX_BUFFER_LENGTH, 2 * Math.max(this.#buffer.length, SMALL_PIECE / 2));
        this.#emitFilled();
        this.#buffer = new Uint8Array(length);
      }
      const part = rest.subarray(0, this.#buffer.length - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** Emits what is there. */
  flush(): void {
    this.#emitFilled();
    this.#buffer = new Uint8Array(0);
  }

  #emitFilled(): void {
    const bytes = this.#buffer.subarray(0, this.#filled);
    this.#filled = 0;
    if (bytes.length > 0) this.#emit(bytes);
  }
}
