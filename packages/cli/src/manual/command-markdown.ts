import { optionName } from "../command.ts";
import { ENVIRONMENT_VARIABLES } from "../environment-variables.ts";
import { GLOBAL_OPTIONS } from "../global-options.ts";
import { namedShapesIn, shapeText, type JsonShape, type NamedShape } from "../json-shape.ts";
import type { Option } from "../option.ts";
import { documentedGroups, type DocumentedCommand, type DocumentedGroup } from "./documented-group.ts";
import { EXIT_STATUS } from "./exit-status.ts";
import { escapedMarkdown } from "./markup.ts";
import { commandLine, optionForms, optionMeaning, visibleOptions } from "./usage.ts";

/** A page with all of it. */
export async function referencePage(): Promise<string> {
  const parts = [
    "# The `ockam` command",
    `## Options of every command\n\n${globalOptionsMarkdown()}`,
    `## Exit codes\n\n${exitStatusMarkdown()}`,
    `## Environment\n\n${environmentMarkdown()}`,
    `## Commands\n\n${await commandsMarkdown()}`,
    `## Shapes of JSON\n\n${await shapesMarkdown()}`,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** All commands that are not hidden: sections of level 3. */
export async function commandsMarkdown(): Promise<string> {
  const groups = await documentedGroups();
  return groups.map(groupMarkdown).join("\n\n");
}

/** The shapes that several commands print: sections of level 3. */
export async function shapesMarkdown(): Promise<string> {
  const groups = await documentedGroups();
  const shapes = new Map<string, NamedShape>();
  for (const { command } of groups.flatMap(({ commands }) => commands)) {
    if (command.json === undefined) continue;
    for (const shape of namedShapesIn(command.json)) shapes.set(shape.name, shape);
  }
  return [...shapes.values()]
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((shape) => `### ${shapeHeading(shape)}\n\n${codeBlock("ts", shapeText(shape.of))}`)
    .join("\n\n");
}

/** A table of the options that every command takes. */
export function globalOptionsMarkdown(): string {
  return ["| option | |", "| --- | --- |", ...optionRows(GLOBAL_OPTIONS)].join("\n");
}

/** A table of the variables of the environment that have an effect. */
export function environmentMarkdown(): string {
  const counting = ENVIRONMENT_VARIABLES.filter(({ withoutEffect }) => withoutEffect === undefined);
  return [
    "| variable | | when it is not set |",
    "| --- | --- | --- |",
    ...counting.map(({ fallback = "", meaning, name }) => row(`\`${name}\``, meaning, fallback)),
  ].join("\n");
}

/** A table of the exit codes. */
export function exitStatusMarkdown(): string {
  return [
    "| code | |",
    "| --- | --- |",
    ...EXIT_STATUS.map(([code, meaning]) => row(String(code), meaning)),
  ].join("\n");
}

function groupMarkdown({ commands, description, summary, word }: DocumentedGroup): string {
  const about = description === undefined ? summary : `${summary}. ${description}`;
  return [
    ...(word === undefined ? [`### ${summary}`] : [`### ${word}`, about.endsWith(".") ? about : `${about}.`]),
    ...commands.map(commandMarkdown),
  ].join("\n\n");
}

/** One command: what it does, takes and prints, as a section of level 4. */
export function commandMarkdown({ command, words }: DocumentedCommand): string {
  const { description, examples, json, notes = [], pipe = "JSON", summary } = command;
  const about = `${summary}.${description === undefined ? "" : ` ${description}`}`;
  return [
    `#### \`${commandLine(words, command)}\``,
    escapedMarkdown(about),
    ...argumentsTable({ command, words }),
    ...(json === undefined ? [] : [`Pipe: ${pipe}. JSON: ${jsonMarkdown(json)}`]),
    ...notes,
    codeBlock("sh", examples.map((line) => `ockam ${line}`).join("\n")),
  ].join("\n\n");
}

function argumentsTable({ command: { options, positionals } }: DocumentedCommand): readonly string[] {
  const rows = [
    ...Object.entries(positionals).map(([key, { summary }]) => row(`\`${optionName(key)}\``, summary)),
    ...optionRows(options),
  ];
  return rows.length === 0 ? [] : [["| argument | |", "| --- | --- |", ...rows].join("\n")];
}

function optionRows(options: Readonly<Record<string, Option<unknown>>>): readonly string[] {
  return visibleOptions(options).map(([key, option]) => {
    const forms = optionForms(key, option).map((form) => `\`${form}\``);
    return row(forms.join(", "), optionMeaning(option));
  });
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => escapedMarkdown(cell).replaceAll("|", "\\|")).join(" | ")} |`;
}

/** What is behind the word JSON, with links to the named shapes in it. */
function jsonMarkdown(shape: JsonShape): string {
  const lines = shapeText(shape);
  const links = namedShapesIn(shape)
    .filter(({ name }) => new RegExp(`\\b${name}\\b`).test(lines))
    .map((named) => `[${named.name}](#${shapeHeading(named).toLowerCase().replaceAll(" ", "-")})`);
  const seeAlso = links.length === 0 ? "" : `; see ${links.join(", ")}`;
  if (lines.includes("\n")) return `as below${seeAlso}.\n\n${codeBlock("ts", lines)}`;
  return `\`${lines}\`${seeAlso}.`;
}

function shapeHeading({ name }: NamedShape): string {
  return `JSON of ${name}`;
}

function codeBlock(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
