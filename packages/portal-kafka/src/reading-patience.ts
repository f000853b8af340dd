import { isOckamError } from "@ockam/codec";

import { KAFKA_PORTAL_ERROR_CODES } from "./kafka-portal-error.ts";
import type { Partition } from "./partition.ts";

/** How long a partition waits for keys unless told otherwise, ms: it has that much, and gets it back slowly. */
export const READING_PATIENCE = 30_000;
/**
 * How long a partition waits unless told otherwise for keys of a node that cannot be reached, or does not give them, ms:
 * of one that this node has keys of. What it sealed is probably genuine, and lost when it is passed over.
 */
export const UNREACHABLE_PATIENCE = 3_600_000;
/** The same for a node that this one has no key of, ms, if that is less: anybody can write the name of one into a record. */
export const UNSEEN_PATIENCE = 300_000;
/** How many times as long as it waited it takes a partition to get its patience back. */
export const READING_PATIENCE_REFILL = 20;
/** How long a partition waits for a key in any case, ms: a key that is only late must not cost records. */
export const MIN_READING_PATIENCE = 500;
/** How many keys that did not come are remembered; the oldest are forgotten. */
export const MAX_MISSING_KEYS = 10_000;
/** How many partitions are remembered that waited; those that began longest ago are forgotten. */
export const MAX_WAITING_PARTITIONS = 10_000;

/** Where a record is that cannot be opened. */
export interface UnopenedPlace {
  readonly offset: bigint;
  /** The last offset that the consumer was about to get together with it. */
  readonly lastOffset: bigint;
}

interface Wait {
  readonly since: number;
  /** How long it may take, ms. */
  readonly granted: number;
  /** Everything up to here is waited for at once. */
  readonly lastOffset: bigint;
  /** When somebody asked last, and so waited until then. */
  askedAt: number;
  /** Whether it took the place of one that nobody had asked about for long. */
  readonly isSecond: boolean;
}

interface Patience {
  /** What is left, ms, at that time. */
  left: number;
  at: number;
  wait: Wait | undefined;
  /** What was there up to this offset was waited for. */
  waitedUpTo: bigint;
}

const NONE = -(2n ** 63n);

/**
 * How long each partition has waited for keys: for a while they may still come, but records whose key is lost, or never
 * was, must not block the partition for ever. Names of keys are whatever somebody wrote into records. So it is the
 * partition that has so much patience, not each name: all that lies in one response is waited for at once, and what was
 * waited for comes back slowly.
 */
export class ReadingPatience {
  readonly #limits: Readonly<Record<Want, number>>;
  readonly #now: () => number;
  readonly #partitions = new Map<string, Patience>();
  readonly #missing = new Set<string>();

  /** `limit` and `unreachable` ({@link UNREACHABLE_PATIENCE}) in ms. `now`: ms, for tests. */
  constructor(
    limit: number = READING_PATIENCE,
    now: () => number = () => performance.now(),
    unreachable: number = UNREACHABLE_PATIENCE,
  ) {
    this.#limits = { lost: limit, unseen: Math.min(unreachable, UNSEEN_PATIENCE), away: unreachable };
    this.#now = now;
  }

  /** Whether a record that could not be opened for `cause` may be waited for. */
  isLeft(partition: Partition, cause: Error, { lastOffset, offset }: UnopenedPlace): boolean {
    const want = wantOf(cause);
    if (want === undefined) return false;
    const limit = this.#limits[want];
    const place = JSON.stringify([partition.topic, partition.partition, want]);
    const name = `${place} ${keyOf(cause)}`;
    if (this.#missing.has(name)) return false;
    const now = this.#now();
    const patience = this.#patienceOf(place, now, limit);
    if (offset <= patience.waitedUpTo) return false;
    const wait = patience.wait ?? begin(patience, lastOffset, now, limit);
    if (offset > wait.lastOffset) {
      // What the other one was for has been read meanwhile.
      finish(patience, wait, limit);
      begin(patience, lastOffset, now, limit);
      return true;
    }
    if (now - wait.askedAt > limit && !wait.isSecond) {
      // That one came to its end long ago. A consumer that asks seldom does not begin anew for ever.
      finish(patience, wait, limit);
      begin(patience, lastOffset, now, limit, true);
      return true;
    }
    wait.askedAt = now;
    if (now - wait.since < wait.granted) return true;
    finish(patience, wait, limit);
    patience.waitedUpTo = wait.lastOffset;
    remember(this.#missing, name);
    return false;
  }

  #patienceOf(place: string, now: number, limit: number): Patience {
    const known = this.#partitions.get(place);
    if (known !== undefined && (known.wait !== undefined || refilled(known, now, limit) < limit)) {
      return known;
    }
    // All is as it was before: offsets may begin anew, too.
    const fresh: Patience = { left: limit, at: now, wait: undefined, waitedUpTo: NONE };
    this.#partitions.delete(place);
    this.#partitions.set(place, fresh);
    const [oldest] = this.#partitions.keys();
    if (this.#partitions.size > MAX_WAITING_PARTITIONS) this.#partitions.delete(oldest!);
    return fresh;
  }
}

/** What is waited for: a key that nobody has, or may come from a node that is not known yet, or is. */
type Want = "lost" | "unseen" | "away";

function wantOf(cause: Error): Want | undefined {
  if (isOckamError(cause, KAFKA_PORTAL_ERROR_CODES.unknownKey)) return "lost";
  if (isOckamError(cause, KAFKA_PORTAL_ERROR_CODES.keyRefused)) return "away";
  if (!isOckamError(cause, KAFKA_PORTAL_ERROR_CODES.keyUnreachable)) return undefined;
  return cause.details["isKnownOrigin"] === true ? "away" : "unseen";
}

function keyOf(cause: Error): string {
  return isOckamError(cause) ? String(cause.details["key"] ?? "") : "";
}

function begin(
  patience: Patience,
  lastOffset: bigint,
  now: number,
  limit: number,
  isSecond: boolean = false,
): Wait {
  patience.left = refilled(patience, now, limit);
  patience.at = now;
  const granted = Math.max(patience.left, Math.min(MIN_READING_PATIENCE, limit));
  patience.wait = { since: now, granted, lastOffset, askedAt: now, isSecond };
  return patience.wait;
}

function finish(patience: Patience, { askedAt, granted, since }: Wait, limit: number): void {
  patience.left = Math.max(0, refilled(patience, since, limit) - Math.min(askedAt - since, granted));
  patience.at = askedAt;
  patience.wait = undefined;
}

function refilled({ at, left }: Patience, now: number, limit: number): number {
  return Math.min(limit, left + (now - at) / READING_PATIENCE_REFILL);
}

function remember(names: Set<string>, name: string): void {
  names.add(name);
  const [oldest] = names;
  if (names.size > MAX_MISSING_KEYS) names.delete(oldest!);
}
