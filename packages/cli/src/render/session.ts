import type { SessionStatus, TrafficStatus } from "@ockam/node";

import { nullable, number, string, type ObjectShape } from "../json-shape.ts";
import { escaped } from "../escaped.ts";
import type { Style } from "../style.ts";
import { trafficText } from "./traffic.ts";
import { unglued } from "./tree.ts";

const TIME = "ISO 8601, in UTC";

/** How the way to somewhere else has fared, as `--output json` prints it among what else there is. */
export const SESSION_MEMBERS: ObjectShape["members"] = {
  since: string(`when it came Up, or went Down: ${TIME}`),
  last_failure: nullable(string(), "why it is, or was last, Down"),
  last_failure_at: nullable(string(), TIME),
  round_trip_ms: nullable(number(), "while it is Up and was asked"),
};

/** Since when the way is up or down, how fast it is, and what failed last; under the line of an inlet or a relay. */
export function renderSession(session: Partial<SessionStatus>, style: Style): readonly string[] {
  const { last_failure: failure, last_failure_at: failedAt, round_trip_ms: roundTrip, since } = session;
  const speed = roundTrip === undefined || roundTrip === null ? "" : `, answers within ${roundTrip} ms`;
  return [
    ...(since === undefined ? [] : [style.row(`  since ${wholeSeconds(since)}${speed}`)]),
    ...(failure === undefined || failure === null
      ? []
      : [
          style.row(
            `  last failure${failedAt === undefined || failedAt === null ? "" : ` at ${wholeSeconds(failedAt)}`}: ${escaped(failure)}`,
          ),
        ]),
  ];
}

/** What went through a portal, under its line. */
export function renderTraffic(traffic: TrafficStatus | undefined, style: Style): readonly string[] {
  return traffic === undefined ? [] : [style.row(`  ${unglued(trafficText(traffic).join(", "))}`)];
}

/** An ISO 8601 time without its milliseconds. */
function wholeSeconds(time: string): string {
  return time.replace(/\.\d+Z$/, "Z");
}
