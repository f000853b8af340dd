import { parsePort } from "./port.ts";
import { usageError } from "./usage-error.ts";

/** The first and the last of several ports. */
export type PortRange = readonly [first: number, last: number];

/**
 * Reads `FIRST-LAST`.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function parsePortRange(text: string): PortRange {
  const match = /^(\d+)-(\d+)$/.exec(text);
  if (match === null)
    throw usageError(`'${text}' is not a range of ports`, "give the first and the last port, like 4001-4100");
  const [first, last] = [parsePort(match[1]!), parsePort(match[2]!)];
  if (first > last)
    throw usageError(`the range ${text} ends before it begins`, `did you mean ${last}-${first}?`);
  return [first, last];
}
