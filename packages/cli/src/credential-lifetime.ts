import { MAX_CREDENTIAL_LIFETIME } from "@ockam/authority";

import { parseDuration } from "./duration.ts";
import { duration, type Option } from "./option.ts";
import { usageError } from "./usage-error.ts";

/** `--credential-lifetime`; `fallback` for the help. */
export function credentialLifetimeOption(fallback: string): Option<number | undefined> {
  return duration("How long its credentials are valid", {
    fallback: `CREDENTIAL_TTL_SECS, else ${fallback}`,
  });
}

/**
 * Seconds of a lifetime in milliseconds; without one, that of the environment variable `CREDENTIAL_TTL_SECS`, if it is
 * set.
 * @throws OckamError OCKAM_CLI_USAGE for less than a second, or more than an authority allows
 */
export function credentialLifetime(
  given: number | undefined,
  env: NodeJS.ProcessEnv = process.env,
): number | undefined {
  const variable = env["CREDENTIAL_TTL_SECS"];
  const milliseconds = given ?? (variable === undefined ? undefined : parseDuration(variable));
  if (milliseconds === undefined) return undefined;
  const seconds = Math.ceil(milliseconds / 1000);
  if (milliseconds >= 1000 && seconds <= MAX_CREDENTIAL_LIFETIME) return seconds;
  throw usageError(
    `credentials are valid for a second at least, and for ${MAX_CREDENTIAL_LIFETIME / 86_400} days at most`,
    "--credential-lifetime 5m, or CREDENTIAL_TTL_SECS=300",
  );
}
