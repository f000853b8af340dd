import type { LogLevel } from "@ockam/codec";

/** From which level on entries are logged; `off`: none. */
export type LogThreshold = LogLevel | "off";

/** All of them, from the one that lets most through to the one that lets nothing through. */
export const LOG_THRESHOLDS: readonly LogThreshold[] = ["debug", "info", "warn", "error", "off"];

/** What decides how much a log takes, and can be set while it is in use. */
export interface LogDial {
  level: LogThreshold;
}

/** Whether entries of that level pass. */
export function passes(threshold: LogThreshold, level: LogLevel): boolean {
  return LOG_THRESHOLDS.indexOf(level) >= LOG_THRESHOLDS.indexOf(threshold);
}
