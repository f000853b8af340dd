import { isOckamError } from "@ockam/codec";

import { exitCodeOfSignal } from "./interruption.ts";

/** The command did what was asked; also help, version and "nothing to do". */
export const EXIT_OK = 0;

/** The arguments make no sense (sysexits EX_USAGE): nothing was done. */
export const EXIT_USAGE = 64;

/** The command failed while it ran (sysexits EX_SOFTWARE). */
export const EXIT_RUNTIME = 70;

/** Ctrl-C, at a question or at any other time: what shells say of a program that SIGINT ended. */
export const EXIT_CANCELLED = 130;

/** The exit code that tells of `error`. */
export function exitCodeOf(error: unknown): number {
  if (!isOckamError(error)) return EXIT_RUNTIME;
  if (error.code === "OCKAM_CLI_CANCELLED") {
    const { signal } = error.details;
    return typeof signal === "string" ? exitCodeOfSignal(signal) : EXIT_CANCELLED;
  }
  return error.code.startsWith("OCKAM_CLI_USAGE") ? EXIT_USAGE : EXIT_RUNTIME;
}
