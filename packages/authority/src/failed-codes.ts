import type { Identifier } from "@ockam/identity";

import { FAILED_CODES_PERIOD, MAX_FAILED_CALLERS, MAX_FAILED_CODES } from "./constants.ts";

interface Failures {
  readonly since: number;
  count: number;
}

/** Counts wrong codes of each identity, so that one who guesses has to make identities, and harms nobody else. */
export class FailedCodes {
  readonly #callers = new Map<string, Failures>();

  /** Whether an identity may try a code. `now`: seconds. */
  mayTry({ hex }: Identifier, now: number): boolean {
    const failures = this.#callers.get(hex);
    return failures === undefined || isOver(failures, now) || failures.count < MAX_FAILED_CODES;
  }

  /** The identity presented a wrong code. */
  failed({ hex }: Identifier, now: number): void {
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
