import { isOckamError, OckamError } from "@ockam/codec";

import { hintOf } from "../hint.ts";
import type { Result } from "../result.ts";
import type { Terminal } from "../terminal.ts";
import { formatPlace, type Place } from "./place.ts";
import { argumentsAt, commandLine, maskSecrets, type PlannedCommand } from "./planned-command.ts";
import { Reconciler, type Change } from "./reconciler.ts";

/** A command of a configuration that has been run. */
export interface AppliedCommand {
  /** What would be typed for it; secrets are `***`. */
  readonly line: readonly string[];
  readonly change: Change;
  readonly result: Result | undefined;
}

/**
 * Runs the commands one after the other, in this process, on nodes where what is as asked stays as it is.
 * @throws OckamError of the first one that fails, with its place in front of the message
 */
export async function applyCommands(
  commands: readonly PlannedCommand[],
  node: string,
  terminal: Terminal,
): Promise<readonly AppliedCommand[]> {
  const reconciler = new Reconciler();
  const applied: AppliedCommand[] = [];
  for (const planned of commands) applied.push(await applyCommand(planned, node, terminal, reconciler));
  return applied;
}

/**
 * Runs one of them. `reconciler` is that of all.
 * @throws OckamError with the place in front of the message
 */
export async function applyCommand(
  planned: PlannedCommand,
  node: string,
  terminal: Terminal,
  reconciler: Reconciler,
): Promise<AppliedCommand> {
  let change: Change = "created";
  const step: Terminal = {
    ...terminal,
    warn: (line) => terminal.warn(`${formatPlace(planned.place)}: ${line}`),
    through: (found) => reconciler.through(found, (what) => (change = what)),
  };
  try {
    const result = await planned.command.read(argumentsAt(planned, node))(step);
    return { line: commandLine(planned, node), change, result };
  } catch (error) {
    throw locatedError(error, planned.place, planned.secrets);
  }
}

/**
 * The error with the place of what failed, and without the secrets. A wrong argument in a configuration is no wrong use
 * of the command line.
 */
export function locatedError(error: unknown, place: Place, secrets: readonly string[] = []): unknown {
  if (!isOckamError(error)) return error;
  const hint = hintOf(error);
  const code = error.code.startsWith("OCKAM_CLI_USAGE") ? "OCKAM_CLI_INVALID_CONFIGURATION" : error.code;
  return new OckamError(code, maskSecrets(`${formatPlace(place)}: ${error.message}`, secrets), {
    // It may repeat the secret.
    cause: secrets.length === 0 ? error : undefined,
    details: Object.fromEntries(
      Object.entries({ ...error.details, ...(hint === undefined ? {} : { hint }) }).map(([key, value]) => [
        key,
        typeof value === "string" ? maskSecrets(value, secrets) : value,
      ]),
    ),
  });
}
