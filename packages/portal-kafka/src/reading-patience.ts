import { isOckamError } from "@ockam/codec";

import { KAFKA_PORTAL_ERROR_CODES } from "./kafka-portal-error.ts";
import type { Partition } from "./seal-records.ts";

/** How long a consumer waits for a key unless told otherwise, ms. */
export const READING_PATIENCE = 30_000;
/** Of how many keys that are missing it is remembered since when; those that are missing longest are forgotten. */
export const MAX_MISSING_KEYS = 10_000;

/**
 * How long each partition has waited for a key: for a while it may still come, but records whose key is lost must not block the
 * partition for ever. The time is that of the key, not of each record, so that a backlog of such records is passed at once.
 */
export class ReadingPatience {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #since = new Map<string, number>();

  /** `limit` in ms. `now`: ms, for tests. */
  constructor(limit: number = READING_PATIENCE, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Whether a record that could not be opened for `cause` may be waited for. */
  isLeft({ partition, topic }: Partition, cause: Error): boolean {
    if (!isOckamError(cause, KAFKA_PORTAL_ERROR_CODES.unknownKey)) return false;
    const { key = "" } = cause.details;
    const missing = JSON.stringify([topic, partition, key]);
    const since = this.#since.get(missing);
    if (since !== undefined) return this.#now() - since < this.#limit;
    const [longest] = this.#since.keys();
    if (this.#since.size >= MAX_MISSING_KEYS && longest !== undefined) this.#since.delete(longest);
    this.#since.set(missing, this.#now());
    return true;
  }
}
