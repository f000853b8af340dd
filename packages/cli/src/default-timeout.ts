import { parseDuration } from "./duration.ts";

const DEFAULT_TIMEOUT = "120s";

/**
 * How long a request to a node may take, in milliseconds: `OCKAM_DEFAULT_TIMEOUT`, else 120 s.
 * @throws OckamError OCKAM_CLI_USAGE when the variable holds no duration
 */
export function defaultTimeout(env: NodeJS.ProcessEnv = process.env): number {
  return parseDuration(env["OCKAM_DEFAULT_TIMEOUT"] ?? DEFAULT_TIMEOUT);
}
