// How much a peer may send. docs/protocol/portals.md, "Credit".
import { INITIAL_WINDOW, MAX_WINDOW, WINDOW_BUDGET } from "./limits.ts";

/** What the windows of one portal may use together above the initial size, in bytes. */
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
 * readers leave lying.
 */
export class ReceiveWindow {
  readonly #budget: WindowBudget;
  #size = INITIAL_WINDOW;
  #limit = INITIAL_WINDOW;

  constructor(budget: WindowBudget) {
    this.#budget = budget;
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

  /** Gives the bytes above the initial size back to the budget. */
  close(): void {
    this.#budget.release(this.#size - INITIAL_WINDOW);
    this.#size = INITIAL_WINDOW;
  }

  #grow(): void {
    if (this.#size < MAX_WINDOW && this.#budget.take(this.#size)) this.#size *= 2;
  }

  #shrink(): void {
    if (this.#size === INITIAL_WINDOW) return;
    this.#size /= 2;
    this.#budget.release(this.#size);
  }
}
