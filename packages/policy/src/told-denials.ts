import { DENIAL_INTERVAL, MAX_TOLD_DENIALS } from "./constants.ts";

/** Denials that were told a while ago: who is denied goes on asking, session monitors among them. */
export class ToldDenials {
  // When each was told; the oldest first.
  readonly #told = new Map<string, number>();

  /** Whether to tell this one: not again for {@link DENIAL_INTERVAL}, and at most {@link MAX_TOLD_DENIALS} in that time. */
  isNews(denial: string): boolean {
    const now = performance.now();
    for (const [old, toldAt] of this.#told) {
      if (now - toldAt < DENIAL_INTERVAL) break;
      this.#told.delete(old);
    }
    if (this.#told.has(denial) || this.#told.size >= MAX_TOLD_DENIALS) return false;
    this.#told.set(denial, now);
    return true;
  }
}
