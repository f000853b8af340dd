import type { Identifier } from "@ockam/identity";

import {
  FAILED_CODES_PERIOD,
  MAX_FAILED_CALLERS,
  MAX_FAILED_CODES,
  MAX_FAILED_CODES_IN_ALL,
} from "./constants.ts";

interface Failures {
  readonly since: number;
  count: number;
}

/**
 * Counts wrong codes: of each identity, which may present so many, and in all, after which refusals are slow. One who
 * guesses has to make identities, and to wait; one who has a good code is served at once whatever others do.
 */
export class FailedCodes {
  readonly #callers = new Map<string, Failures>();
  #all: Failures = { since: 0, count: 0 };

  /** Whether an identity may try a code. `now`: seconds. */
  mayTry({ hex }: Identifier, now: number): boolean {
    const failures = this.#callers.get(hex);
    return failures === undefined || isOver(failures, now) || failures.count < MAX_FAILED_CODES;
  }

  /** Whether so many wrong codes were presented, by whomever, that refusals take their time. */
  areMany(now: number): boolean {
    return !isOver(this.#all, now) && this.#all.count > MAX_FAILED_CODES_IN_ALL;
  }

  /** The identity presented a wrong code. */
  failed({ hex }: Identifier, now: number): void {
    if (isOver(this.#all, now)) this.#all = { since: now, count: 0 };
    this.#all.count += 1;
    const known = this.#callers.get(hex);
    const failures = known === undefined || isOver(known, now) ? { since: now, count: 0 } : known;
    failures.count += 1;
    this.#callers.delete(hex);
    this.#callers.set(hex, failures);
    const [oldest] = this.#callers.keys();
    if (this.#callers.size > MAX_FAILED_CALLERS && oldest !== undefined) this.#callers.delete(oldest);
  }
}

function isOver({ since }: Failures, now: number): boolean {
  return now - since >= FAILED_CODES_PERIOD;
}
