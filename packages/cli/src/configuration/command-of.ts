import type { Command } from "../command.ts";
import { COMMANDS } from "../command-table.ts";

/** Loads the command with these words; undefined when there is none. */
export async function commandOf([group, name]: readonly [group: string, command: string]): Promise<
  Command | undefined
> {
  const entry = COMMANDS[group];
  return typeof entry === "object" ? entry.commands[name]?.() : undefined;
}
