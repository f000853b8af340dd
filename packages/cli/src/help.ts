import yargs, { type Argv } from "yargs";

import { optionName, type Command } from "./command.ts";
import { COMMANDS } from "./command-table.ts";
import { GLOBAL_OPTIONS } from "./global-options.ts";
import type { Option, Positional } from "./option.ts";

/**
 * What `--help` prints for the words of a command, of a group of commands, or for no words: usage, commands,
 * arguments, options and examples, at most `columns` wide but for the examples: those can be copied.
 */
export async function helpText(words: readonly string[], columns: number): Promise<string> {
  const parser = yargs([])
    .scriptName("ockam")
    .locale("en")
    .version(false)
    .help(false)
    .parserConfiguration({ "boolean-negation": false, "camel-case-expansion": false })
    .updateStrings({ "Options:": "Options of this command:", "Positionals:": "Arguments:" })
    .wrap(columns);
  const entry = words.reduce<Entry | undefined>(
    (at, word) => (typeof at === "object" ? at.commands[word] : undefined),
    { summary: "", commands: COMMANDS },
  );
  const command = typeof entry === "function" ? await entry() : undefined;
  if (command !== undefined) describeCommand(parser, words, command);
  else if (typeof entry === "object") await describeLevel(parser, words, entry);
  describeOptions(parser, GLOBAL_OPTIONS, "Options of every command:");
  return (await parser.getHelp()) + examplesText(command?.examples ?? []);
}

function examplesText(examples: readonly string[]): string {
  return examples.length === 0 ? "" : `\n\nExamples:${examples.map((line) => `\n  ockam ${line}`).join("")}`;
}

interface Level {
  readonly summary: string;
  readonly hidden?: boolean;
  readonly commands: Readonly<Record<string, Entry>>;
}
type Entry = Level | (() => Promise<Command>);

async function describeLevel(parser: Argv, words: readonly string[], level: Level): Promise<void> {
  const prefix = ["$0", ...words].join(" ");
  parser.usage(
    words.length === 0
      ? `${prefix} <command>\n\nEnd-to-end encrypted, mutually authenticated connections between machines.`
      : `${prefix} <command>\n\n${level.summary}.`,
  );
  for (const [word, entry] of Object.entries(level.commands)) {
    const { summary, hidden, positionals } =
      typeof entry === "function"
        ? await entry()
        : { summary: entry.summary, hidden: entry.hidden === true, positionals: undefined };
    if (hidden) continue;
    const more = positionals === undefined ? "" : argumentsText(positionals);
    parser.command(`${[...words, word].join(" ")}${more}`, summary);
  }
  parser.epilogue(`'${prefix} <command> --help' shows the options and examples of a command.`);
}

function describeCommand(parser: Argv, words: readonly string[], command: Command): void {
  const line = `$0 ${words.join(" ")}${argumentsText(command.positionals)}`;
  const description = command.description === undefined ? "" : `\n\n${command.description}`;
  parser.usage(`${line} [options]\n\n${command.summary}.${description}`);
  for (const [name, { summary }] of Object.entries(command.positionals)) {
    parser.positional(name, { describe: summary });
  }
  describeOptions(parser, command.options, "Options of this command:");
}

function describeOptions(
  parser: Argv,
  options: Readonly<Record<string, Option<unknown>>>,
  group: string,
): void {
  for (const [key, option] of Object.entries(options)) {
    if (option.hidden === true) continue;
    const fallback = option.fallback === undefined ? "" : ` [default: ${option.fallback}]`;
    const value = option.takes === "nothing" ? "" : `${option.value}: `;
    parser.option(optionName(key), {
      group,
      describe: `${value}${option.summary}${fallback}`,
      ...(option.short === undefined ? {} : { alias: option.short }),
    });
  }
}

function argumentsText(positionals: Readonly<Record<string, Positional<unknown>>>): string {
  return Object.entries(positionals)
    .map(([name, { required }]) => (required ? ` <${optionName(name)}>` : ` [${optionName(name)}]`))
    .join("");
}
