import { OckamError } from "@ockam/codec";

/**
 * An error in the arguments: exit code 64, code `OCKAM_CLI_USAGE`. `hint` says what to type instead, by default it
 * names the help.
 */
export function usageError(message: string, hint = "add --help to see what the command takes"): OckamError {
  return new OckamError("OCKAM_CLI_USAGE", message, { details: { hint } });
}
