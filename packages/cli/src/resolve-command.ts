import { OckamError } from "@ockam/codec";

import { tokenize } from "./argument-parser.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./command-table.ts";
import { GLOBAL_OPTIONS } from "./global-options.ts";
import { nearest } from "./nearest.ts";

/** What the words at the start of a command line mean. */
export interface ResolvedCommand {
  /** The words that name the command or the group. */
  readonly words: readonly string[];
  /** Undefined for a group without a command, and for no words at all. */
  readonly command: Command | undefined;
  /** `ockam help …` */
  readonly help: boolean;
  /** The other arguments. */
  readonly rest: readonly string[];
}

/**
 * Finds the command in a command line and loads it.
 * @throws OckamError OCKAM_CLI_USAGE_UNKNOWN_COMMAND, with the nearest command as the hint
 */
export async function resolveCommand(argv: readonly string[]): Promise<ResolvedCommand> {
  const positions = tokenize(argv, GLOBAL_OPTIONS)
    .filter((token) => token.kind === "positional")
    .map((token) => token.index);
  const help = argv[positions[0] ?? -1] === "help";
  const used = help ? positions.splice(0, 1) : [];
  const words: string[] = [];
  let command: Command | undefined;
  for (let at: Level = COMMANDS; command === undefined && positions.length > 0;) {
    used.push(positions[0]!);
    const word = argv[positions.shift()!]!;
    const entry = entryOf(at, word, words);
    words.push(word);
    if (typeof entry === "function") command = await entry();
    else at = entry.commands;
  }
  return { words, command, help, rest: argv.filter((_, index) => !used.includes(index)) };
}

type Level = typeof COMMANDS;

function entryOf(level: Level, word: string, above: readonly string[]): Level[string] {
  const entry = Object.hasOwn(level, word) ? level[word] : undefined;
  if (entry !== undefined) return entry;
  const place = ["ockam", ...above].join(" ");
  const guess = nearest(word, Object.keys(level));
  const guesses = guess === undefined ? namedPartly(level, word) : [guess];
  throw new OckamError("OCKAM_CLI_USAGE_UNKNOWN_COMMAND", `there is no command '${place} ${word}'`, {
    details: {
      hint:
        guesses.length === 0
          ? `'${place} --help' lists the commands`
          : `did you mean ${guesses.map((name) => `'${place} ${name}'`).join(" or ")}?`,
    },
  });
}

/** Groups of which the word is a part of the name, like `inlet` of `tcp-inlet`. */
function namedPartly(level: Level, word: string): readonly string[] {
  return Object.entries(level).flatMap(([name, entry]) =>
    typeof entry === "object" && entry.hidden !== true && name.split("-").includes(word) ? [name] : [],
  );
}
