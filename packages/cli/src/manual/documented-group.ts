import type { Command } from "../command.ts";
import { COMMANDS, type LoadCommand } from "../command-table.ts";

/** A command and the words that run it. */
export interface DocumentedCommand {
  readonly words: readonly string[];
  readonly command: Command;
}

/** Commands about one kind of thing; without a word, those that stand alone. */
export interface DocumentedGroup {
  readonly word: string | undefined;
  readonly summary: string;
  readonly description: string | undefined;
  readonly commands: readonly DocumentedCommand[];
}

const STANDING_ALONE = "All of the machine";

/** All groups that are not hidden, with their commands that are not, loaded. Those that stand alone come last. */
export async function documentedGroups(): Promise<readonly DocumentedGroup[]> {
  const groups: DocumentedGroup[] = [];
  const alone: DocumentedCommand[] = [];
  for (const [word, entry] of Object.entries(COMMANDS)) {
    if (typeof entry === "function") alone.push(...(await visible([word], entry)));
    else if (entry.hidden !== true) {
      const each = await Promise.all(
        Object.entries(entry.commands).map(([second, load]) => visible([word, second], load)),
      );
      const { description, summary } = entry;
      groups.push({ word, summary, description, commands: each.flat() });
    }
  }
  return [...groups, { word: undefined, summary: STANDING_ALONE, description: undefined, commands: alone }];
}

async function visible(words: readonly string[], load: LoadCommand): Promise<readonly DocumentedCommand[]> {
  const command = await load();
  return command.hidden ? [] : [{ words, command }];
}
