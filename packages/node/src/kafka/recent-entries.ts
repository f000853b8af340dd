/** A map that keeps its newest entries and forgets the oldest ones, so that others cannot fill the memory with what is remembered. */
export class RecentEntries<Key, Value> {
  readonly #limit: number;
  readonly #entries = new Map<Key, Value>();

  /** `limit`: how many entries are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Makes it the newest entry; beyond the limit, the oldest one goes. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }

  /** From the oldest to the newest, as they are now. */
  values(): readonly Value[] {
    return [...this.#entries.values()];
  }
}
