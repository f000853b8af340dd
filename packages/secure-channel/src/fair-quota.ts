/** How many items a {@link FairQuota} holds: in all, and of one key. */
export interface FairQuotaLimits {
  readonly total: number;
  readonly perKey: number;
}

/**
 * Counts items under the key of whoever caused them, so that one who causes many stands in nobody else's way: what
 * has to go is always the oldest item of the key that holds most.
 */
export class FairQuota<T> {
  readonly #limits: FairQuotaLimits;
  readonly #items = new Map<string, Set<T>>();
  #size = 0;

  constructor(limits: FairQuotaLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether `key` has all the items it may have. */
  isKeyFull(key: string): boolean {
    return (this.#items.get(key)?.size ?? 0) >= this.#limits.perKey;
  }

  /** Whether another item, of any key, needs one to go. */
  get isFull(): boolean {
    return this.#size >= this.#limits.total;
  }

  /** The oldest item of `key`. */
  oldestOf(key: string): T | undefined {
    for (const item of this.#items.get(key) ?? []) return item;
    return undefined;
  }

  /** The oldest item of the key that holds most. */
  oldestOfLargest(): T | undefined {
    let largest: Set<T> | undefined;
    for (const items of this.#items.values()) if (items.size > (largest?.size ?? 0)) largest = items;
    for (const item of largest ?? []) return item;
    return undefined;
  }

  add(key: string, item: T): void {
    let items = this.#items.get(key);
    if (items === undefined) {
      items = new Set();
      this.#items.set(key, items);
    }
    if (!items.has(item)) this.#size += 1;
    items.add(item);
  }

  delete(key: string, item: T): void {
    const items = this.#items.get(key);
    if (items?.delete(item) !== true) return;
    this.#size -= 1;
    if (items.size === 0) this.#items.delete(key);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const items of this.#items.values()) yield* items;
  }
}
