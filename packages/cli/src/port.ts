import { usageError } from "./usage-error.ts";

/**
 * A port that others dial: 1 to 65535.
 * @throws OckamError OCKAM_CLI_USAGE
 */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw usageError(`'${text}' is not a port`, "give a number from 1 to 65535");
  return port;
}
