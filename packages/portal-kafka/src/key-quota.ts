import type { Identifier } from "@ockam/identity";

/** How many keys a producer may have stored within {@link KEY_WINDOW}: a Rust inlet takes one for each partition, and for each start. */
export const MAX_NEW_KEYS = 20_000;
/** ms */
export const KEY_WINDOW = 3_600_000;

/** Bounds how many keys each producer has stored in a time. */
export class KeyQuota {
  readonly #now: () => number;
  readonly #limit: number;
  readonly #taken = new Map<string, number>();
  #windowStart: number;

  /** `now`: ms, for tests. */
  constructor(now: () => number = () => performance.now(), limit: number = MAX_NEW_KEYS) {
    this.#now = now;
    this.#limit = limit;
    this.#windowStart = now();
  }

  /** Counts a key of this producer; false when it had too many already. */
  take(producer: Identifier): boolean {
    const now = this.#now();
    if (now - this.#windowStart >= KEY_WINDOW) {
      this.#windowStart = now;
      this.#taken.clear();
    }
    const taken = this.#taken.get(producer.hex) ?? 0;
    if (taken >= this.#limit) return false;
    this.#taken.set(producer.hex, taken + 1);
    return true;
  }
}
