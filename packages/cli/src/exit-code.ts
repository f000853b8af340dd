import { isOckamError } from "@ockam/codec";

/** The command did what was asked; also help, version and "nothing to do". */
export const EXIT_OK = 0;

/** The arguments make no sense (sysexits EX_USAGE): nothing was done. */
export const EXIT_USAGE = 64;

/** The command failed while it ran (sysexits EX_SOFTWARE). */
export const EXIT_RUNTIME = 70;

/** The exit code that tells of `error`. */
export function exitCodeOf(error: unknown): number {
  return isOckamError(error) && error.code.startsWith("OCKAM_CLI_USAGE") ? EXIT_USAGE : EXIT_RUNTIME;
}
