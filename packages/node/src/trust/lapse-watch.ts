import type { Identifier } from "@ockam/identity";

/** The longest time between two looks at the clock, ms: it may have been set, or the machine may have slept. */
export const MAX_LOOK_INTERVAL = 60_000;

/** Something that is attested until a second. */
export interface Lapsing {
  readonly subject: Identifier;
  readonly attestedBy: Identifier;
  /** Seconds since 1970: gone from this second on. */
  readonly expiresAt: number;
}

/** What a {@link LapseWatch} works with. */
export interface LapseWatchOptions {
  /** Seconds since 1970. */
  now(): number;
  /** Until when it is attested according to the state, which others may have written; undefined: no more. */
  expiryOf(lapsing: Lapsing): Promise<number | undefined>;
  onLapse(lapsing: Lapsing): void;
}

/** Tells when what is attested about somebody ends without being renewed. */
export class LapseWatch {
  readonly #options: LapseWatchOptions;
  /** The latest of each subject and authority. */
  readonly #entries = new Map<string, Lapsing>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = Infinity;
  #isClosed = false;

  constructor(options: LapseWatchOptions) {
    this.#options = options;
  }

  /** Watches an entry, in place of the one of the same subject and authority. */
  add({ subject, attestedBy, expiresAt }: Lapsing): void {
    if (this.#isClosed) return;
    this.#entries.set(subject.hex + attestedBy.hex, { subject, attestedBy, expiresAt });
    if (expiresAt < this.#dueAt) this.#schedule(expiresAt);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#entries.clear();
  }

  #schedule(dueAt: number): void {
    this.#dueAt = dueAt;
    clearTimeout(this.#timer);
    // The clock that counts has whole seconds; a moment later it shows the one that is meant.
    const delay = Math.max(dueAt * 1000 - Date.now(), 0) + 10;
    this.#timer = setTimeout(() => void this.#look(), Math.min(delay, MAX_LOOK_INTERVAL));
    this.#timer.unref?.();
  }

  async #look(): Promise<void> {
    const now = this.#options.now();
    const due = [...this.#entries].filter(([, { expiresAt }]) => expiresAt <= now);
    for (const [key, lapsing] of due) {
      this.#entries.delete(key);
      // What cannot be looked up counts as gone: nobody may go on because the state cannot be read.
      const expiresAt = await this.#options.expiryOf(lapsing).catch(() => undefined);
      if (this.#isClosed) return;
      if (expiresAt === undefined) this.#options.onLapse(lapsing);
      else if (!this.#entries.has(key)) this.#entries.set(key, { ...lapsing, expiresAt });
    }
    let next = Infinity;
    for (const { expiresAt } of this.#entries.values()) next = Math.min(next, expiresAt);
    if (Number.isFinite(next)) this.#schedule(Math.max(next, now));
    else this.#dueAt = Infinity;
  }
}
