import yargs, { type Argv } from "yargs";

import { optionName, type Command } from "./command.ts";
import { COMMANDS } from "./command-table.ts";
import { GLOBAL_OPTIONS } from "./global-options.ts";
import { namedShapesIn, shapeText } from "./json-shape.ts";
import { plainText, textBlocks } from "./manual/markup.ts";
import { commandLine, visibleOptions } from "./manual/usage.ts";
import type { Option } from "./option.ts";

/** How much help there is: what is needed to type a command, or all that its manual says. */
export type HelpExtent = "compact" | "extensive";

/**
 * What `-h` and `--help` print for the words of a command, of a group of commands, or for no words: usage, commands,
 * arguments and options; in the extensive form also what is printed, and examples. It is at most `columns` wide, but for
 * what can be copied.
 */
export async function helpText(
  words: readonly string[],
  columns: number,
  extent: HelpExtent = "extensive",
): Promise<string> {
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
  if (command !== undefined) describeCommand(parser, words, command, extent);
  else if (typeof entry === "object") await describeLevel(parser, words, entry);
  describeOptions(parser, GLOBAL_OPTIONS, "Options of every command:");
  const help = await parser.getHelp();
  if (command === undefined) return help;
  if (extent === "compact")
    return `${help}\n\n'ockam ${words.join(" ")} --help' says more, and has examples.`;
  return [
    help,
    ...notesText(command, columns),
    ...outputText(command, columns),
    ...examplesText(command),
  ].join("\n\n");
}

function notesText({ notes = [] }: Command, columns: number): readonly string[] {
  return notes
    .flatMap(textBlocks)
    .map(({ kind, text }) => (kind === "code" ? indented(text) : wrapped(plainText(text), columns)));
}

/** What is printed: shapes that have a name are told of when they are what is printed, not when they are a part of it. */
function outputText({ json, pipe = "JSON" }: Command, columns: number): readonly string[] {
  if (json === undefined) return [];
  const lines = shapeText(json);
  const named = namedShapesIn(json);
  const told = named.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(lines));
  const texts = [lines, ...told.map(({ name, of }) => `${name} = ${shapeText(of)}`)];
  const others = named.filter((shape) => !told.includes(shape)).map(({ name }) => name);
  return [
    [
      "Output:",
      indented(wrapped(`In a pipe: ${plainText(pipe)}`, columns - 2), 2),
      "  JSON, in the notation of TypeScript:",
    ].join("\n"),
    ...texts.map((text) => indented(text)),
    ...(others.length === 0
      ? []
      : [indented(wrapped(`${others.join(", ")}: 'ockam markdown' tells of them`, columns - 2), 2)]),
  ];
}

function examplesText({ examples }: Command): readonly string[] {
  return examples.length === 0 ? [] : [`Examples:${examples.map((line) => `\n  ockam ${line}`).join("")}`];
}

function indented(text: string, spaces = 4): string {
  return text.replaceAll(/^(?=.)/gm, " ".repeat(spaces));
}

function wrapped(text: string, columns: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

interface Level {
  readonly summary: string;
  readonly description?: string;
  readonly hidden?: boolean;
  readonly commands: Readonly<Record<string, Entry>>;
}
type Entry = Level | (() => Promise<Command>);

async function describeLevel(parser: Argv, words: readonly string[], level: Level): Promise<void> {
  const prefix = ["$0", ...words].join(" ");
  const description = level.description === undefined ? "" : `\n\n${plainText(level.description)}`;
  parser.usage(
    words.length === 0
      ? `${prefix} <command>\n\nEnd-to-end encrypted, mutually authenticated connections between machines.`
      : `${prefix} <command>\n\n${level.summary}.${description}`,
  );
  for (const [word, entry] of Object.entries(level.commands)) {
    const { summary, hidden, positionals } =
      typeof entry === "function"
        ? await entry()
        : { summary: entry.summary, hidden: entry.hidden === true, positionals: {} };
    if (hidden) continue;
    parser.command(commandLine([...words, word], { positionals }), summary);
  }
  parser.epilogue(`'${prefix} <command> --help' shows the options and examples of a command.`);
}

function describeCommand(parser: Argv, words: readonly string[], command: Command, extent: HelpExtent): void {
  const more = extent === "extensive" && command.description !== undefined;
  const description = more ? `\n\n${plainText(command.description)}` : "";
  parser.usage(`$0 ${commandLine(words, command)} [options]\n\n${command.summary}.${description}`);
  for (const [name, { summary }] of Object.entries(command.positionals)) {
    parser.positional(optionName(name), { describe: plainText(summary) });
  }
  describeOptions(parser, command.options, "Options of this command:");
}

function describeOptions(
  parser: Argv,
  options: Readonly<Record<string, Option<unknown>>>,
  group: string,
): void {
  for (const [key, option] of visibleOptions(options)) {
    const fallback = option.fallback === undefined ? "" : ` [default: ${option.fallback}]`;
    const value = option.takes === "nothing" ? "" : `${option.value}: `;
    parser.option(optionName(key), {
      group,
      describe: `${value}${plainText(option.summary)}${fallback}`,
      ...(option.short === undefined ? {} : { alias: option.short }),
    });
  }
}
