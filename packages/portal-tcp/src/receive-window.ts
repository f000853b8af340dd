// How much a peer may send. docs/protocol/portals.md, "Credit".
import { INITIAL_WINDOW, MAX_WINDOW, MIN_WINDOW, WINDOW_BUDGET } from "./limits.ts";

/** What the streams of one portal may leave lying together, in bytes. */
export class WindowBudget {
  #free: number = WINDOW_BUDGET;

  /** Takes `length` bytes if that many are free. */
  take(length: number): boolean {
    if (length > this.#free) return false;
    this.#free -= length;
    return true;
  }

  /** Gives bytes back. */
  release(length: number): void {
    this.#free += length;
  }
}

/**
 * The credit that a stream's reader gives. It doubles each time it is renewed while the reader keeps up, so that a fast
 * reader far away is not held up by the way's delay, and halves when the reader is behind: memory stays bounded by what
 * readers leave lying, and that by the budget.
 */
export class ReceiveWindow {
  readonly #budget: WindowBudget;
  /** What it never shrinks below. */
  readonly #least: number;
  #size: number;
  #limit: number;
  #reserved: number;

  constructor(budget: WindowBudget) {
    this.#budget = budget;
    this.#reserved = budget.take(INITIAL_WINDOW) ? INITIAL_WINDOW : 0;
    this.#least = this.#reserved === 0 ? MIN_WINDOW : INITIAL_WINDOW;
    this.#size = this.#least;
    this.#limit = this.#size;
  }

  /** The number of bytes, from the stream's first on, that the peer may send. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Takes note that of `received` bytes `pending` still wait for the reader.
   * @returns whether {@link limit} rose enough to tell the peer.
   */
  update(received: number, pending: number): boolean {
    const used = this.#limit - (received - pending);
    if (used > this.#size / 2) return false;
    if (pending === 0) this.#grow();
    else this.#shrink();
    const limit = received - pending + this.#size;
    if (limit <= this.#limit) return false;
    this.#limit = limit;
    return true;
  }

  /** Gives what it holds back to the budget. */
  close(): void {
    this.#budget.release(this.#reserved);
    this.#reserved = 0;
  }

  #grow(): void {
    if (this.#size >= MAX_WINDOW || !this.#budget.take(this.#size)) return;
    this.#reserved += this.#size;
    this.#size *= 2;
  }

  #shrink(): void {
    if (this.#size <= this.#least) return;
    this.#size /= 2;
    this.#reserved -= this.#size;
    this.#budget.release(this.#size);
  }
}
