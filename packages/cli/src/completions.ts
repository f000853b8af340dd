import type { State } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { optionName, type Command } from "./command.ts";
import { COMMANDS } from "./command-table.ts";
import { GLOBAL_OPTIONS } from "./global-options.ts";

/**
 * What may stand in place of the last of `words`, the words of a command line after `ockam` up to the cursor: commands,
 * options, or the names of nodes, identities and vaults of this machine.
 */
export async function completions(words: readonly string[]): Promise<readonly string[]> {
  const current = words.at(-1) ?? "";
  const { command, level, group } = await walk(words.slice(0, -1));
  const found =
    command === undefined
      ? await visible(level)
      : candidates(command, group, words.at(-2) ?? "", current.startsWith("-"));
  return found.filter((candidate) => candidate.startsWith(current));
}

/** The lines that a shell needs to ask {@link completions}. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

/** A shell that can be taught to complete. */
export type Shell = "bash" | "zsh" | "fish";

type Level = typeof COMMANDS;

async function walk(
  words: readonly string[],
): Promise<{ command: Command | undefined; level: Level; group: string }> {
  let level: Level = COMMANDS;
  for (const word of words.filter((each) => !each.startsWith("-"))) {
    const entry = Object.hasOwn(level, word) ? level[word] : undefined;
    if (typeof entry === "function") return { command: await entry(), level, group: words[0] ?? "" };
    if (entry === undefined) break;
    level = entry.commands;
  }
  return { command: undefined, level, group: "" };
}

async function visible(level: Level): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [name, entry] of Object.entries(level)) {
    const { hidden } = typeof entry === "function" ? await entry() : entry;
    if (hidden !== true) names.push(name);
  }
  return names;
}

function candidates(
  command: Command,
  group: string,
  previous: string,
  wantsOption: boolean,
): readonly string[] {
  const options = Object.entries({ ...command.options, ...GLOBAL_OPTIONS });
  const before = options.find(
    ([key, option]) => previous === `--${optionName(key)}` || previous === `-${option.short}`,
  )?.[1];
  if (before !== undefined && before.takes !== "nothing") return namesOf(before.value);
  if (wantsOption) {
    return options.filter(([, option]) => option.hidden !== true).map(([key]) => `--${optionName(key)}`);
  }
  return "name" in command.positionals ? namesOf(group.toUpperCase()) : [];
}

function namesOf(kind: string): readonly string[] {
  const list = LISTS[kind];
  // `drop|error`: the words themselves.
  if (/^[a-z]+(\|[a-z]+)+$/.test(kind)) return kind.split("|");
  if (list === undefined) return [];
  using state = openState();
  return list(state).map(({ name }) => name);
}

const LISTS: Readonly<Record<string, (state: State) => readonly { readonly name: string }[]>> = {
  NODE: (state) => state.nodes.list(),
  IDENTITY: (state) => state.identities.list(),
  VAULT: (state) => state.vaults.list(),
};

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_ockam() {
  local found
  mapfile -t found < <(ockam --get-completions "\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=("\${found[@]}")
}
complete -o default -F _ockam ockam`,
  zsh: `_ockam() {
  local -a found
  found=("\${(@f)$(ockam --get-completions "\${(@)words[2,CURRENT]}")}")
  compadd -- $found
}
compdef _ockam ockam`,
  fish: `complete -c ockam -f -a '(ockam --get-completions (commandline -opc)[2..-1] (commandline -ct))'`,
};
