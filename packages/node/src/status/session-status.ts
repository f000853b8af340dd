import type { SessionStatus } from "./node-status.ts";

/** What keeps a way to somewhere else open. Times are ms since 1970, or durations in ms. */
export interface ObservedSession {
  readonly since: number;
  readonly lastFailure: Error | undefined;
  readonly lastFailureAt: number | undefined;
  readonly roundTrip: number | undefined;
}

/** Tells how a session has fared. */
export function sessionStatus({
  since,
  lastFailure,
  lastFailureAt,
  roundTrip,
}: ObservedSession): SessionStatus {
  return {
    since: new Date(since).toISOString(),
    last_failure: lastFailure?.message ?? null,
    last_failure_at: lastFailureAt === undefined ? null : new Date(lastFailureAt).toISOString(),
    round_trip_ms: roundTrip === undefined ? null : Math.round(roundTrip * 10) / 10,
  };
}
