import { usageError } from "./usage-error.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The milliseconds of a duration: a whole number and `ms`, `s`, `m`, `h` or `d`; a bare number counts seconds.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function parseDuration(text: string): number {
  const match = /^(\d{1,12})(ms|s|m|h|d)?$/.exec(text);
  if (match === null) {
    throw usageError(
      `'${text}' is not a duration`,
      "give a whole number and a unit, like 500ms, 10s, 5m, 2h, 1d",
    );
  }
  return Number(match[1]) * UNITS[match[2] ?? "s"]!;
}
