import { ENVIRONMENT_VARIABLES } from "../environment-variables.ts";
import { GLOBAL_OPTIONS } from "../global-options.ts";
import { namedShapesIn, shapeText, type JsonShape } from "../json-shape.ts";
import { optionName, type Command } from "../command.ts";
import type { Option } from "../option.ts";
import { version } from "../version.ts";
import { documentedGroups, type DocumentedCommand, type DocumentedGroup } from "./documented-group.ts";
import { EXIT_STATUS } from "./exit-status.ts";
import { plainText, textBlocks } from "./markup.ts";
import { optionForms, optionMeaning, visibleOptions } from "./usage.ts";

/** A manual page in the language of man(7). */
export interface ManPage {
  /** `ockam-node-create.1` */
  readonly file: string;
  readonly text: string;
}

const ABOUT = "End-to-end encrypted, mutually authenticated connections between machines";
const PROGRAM_EXAMPLES = ["node create n1", "status", "node create --help"];

/** The pages of the program, of each group and of each command, as far as they are not hidden. */
export async function manPages(): Promise<readonly ManPage[]> {
  const groups = await documentedGroups();
  const commands = groups.flatMap((group) => group.commands);
  return [programPage(groups), ...groups.flatMap(groupPage), ...commands.map(commandPage)];
}

function programPage(groups: readonly DocumentedGroup[]): ManPage {
  const rows = groups.flatMap(({ commands, summary, word }) =>
    word === undefined
      ? commands.map(({ command, words }) => tagged([...words].join(" "), command.summary))
      : [tagged(word, summary)],
  );
  return page([], ABOUT, [
    section("SYNOPSIS", synopsis([], "COMMAND [options]")),
    section("DESCRIPTION", text(`${ABOUT}. Each command has a page of its own, like ockam-node-create(1).`)),
    section("COMMANDS", rows.join("\n")),
    section("OPTIONS", optionsText(GLOBAL_OPTIONS)),
    ...commonSections(PROGRAM_EXAMPLES),
  ]);
}

function groupPage({ commands, description, summary, word }: DocumentedGroup): readonly ManPage[] {
  if (word === undefined) return [];
  const rows = commands.map(({ command, words }) => tagged(`ockam ${words.join(" ")}`, command.summary));
  const examples = commands.flatMap(({ command }) => command.examples.slice(0, 1));
  return [
    page([word], summary, [
      section("SYNOPSIS", synopsis([word], "COMMAND [options]")),
      section("DESCRIPTION", text([summary, ...(description === undefined ? [] : [description])].join(". "))),
      section("COMMANDS", rows.join("\n")),
      section("OPTIONS", optionsText(GLOBAL_OPTIONS)),
      ...commonSections(examples),
    ]),
  ];
}

function commandPage({ command, words }: DocumentedCommand): ManPage {
  const { description, examples, notes = [], options, positionals, summary } = command;
  const given = Object.entries(positionals).map(([key, { summary: meaning }]) =>
    tagged(optionName(key), meaning),
  );
  const own = optionsText(options);
  return page(words, summary, [
    section("SYNOPSIS", synopsis(words, `[options]${positionalsText(command)}`)),
    section(
      "DESCRIPTION",
      [`${summary}.`, ...(description === undefined ? [] : [description]), ...notes]
        .map(text)
        .join("\n.PP\n"),
    ),
    ...(given.length === 0 ? [] : [section("ARGUMENTS", given.join("\n"))]),
    section(
      "OPTIONS",
      [...(own === "" ? [] : [own]), ".SS Options of every command", optionsText(GLOBAL_OPTIONS)].join("\n"),
    ),
    ...(command.json === undefined ? [] : [section("OUTPUT", outputText(command.json, command.pipe))]),
    ...commonSections(examples),
  ]);
}

function positionalsText({ positionals }: Command): string {
  return Object.entries(positionals)
    .map(([key, { required }]) => (required ? ` ${optionName(key)}` : ` [${optionName(key)}]`))
    .join("");
}

function commonSections(examples: readonly string[]): readonly string[] {
  const variables = ENVIRONMENT_VARIABLES.filter(({ withoutEffect }) => withoutEffect === undefined);
  return [
    section(
      "EXIT STATUS",
      EXIT_STATUS.map(([status, meaning]) => tagged(String(status), meaning)).join("\n"),
    ),
    section(
      "ENVIRONMENT",
      variables
        .map(({ fallback, meaning, name }) =>
          tagged(name, fallback === undefined ? meaning : `${meaning}. Default: ${fallback}`),
        )
        .join("\n"),
    ),
    section("EXAMPLES", code(examples.map((line) => `ockam ${line}`).join("\n"))),
    section("SEE ALSO", text("ockam(1)")),
  ];
}

function outputText(json: JsonShape, pipe = "JSON"): string {
  const named = namedShapesIn(json).map(({ name, of }) => code(`${name} = ${shapeText(of)}`));
  return [
    text(`In a pipe: ${pipe}. With --output json, in the notation of TypeScript:`),
    code(shapeText(json)),
    ...named,
  ].join("\n");
}

function page(words: readonly string[], summary: string, sections: readonly string[]): ManPage {
  const name = ["ockam", ...words].join("-");
  return {
    file: `${name}.1`,
    text: [
      `.TH ${name.toUpperCase()} 1 "" "ockam ${version()}" "Ockam"`,
      section("NAME", `${escaped(name)} \\- ${escaped(plainText(summary))}`),
      ...sections,
      "",
    ].join("\n"),
  };
}

function section(title: string, body: string): string {
  return `.SH ${title}\n${body}`;
}

function synopsis(words: readonly string[], rest: string): string {
  return `.B ${escaped(["ockam", ...words].join(" "))}\n${escaped(rest)}`;
}

function optionsText(options: Readonly<Record<string, Option<unknown>>>): string {
  return visibleOptions(options)
    .map(([key, option]) => tagged(optionForms(key, option).join(", "), optionMeaning(option)))
    .join("\n");
}

function tagged(tag: string, meaning: string): string {
  return `.TP\n.B ${escaped(tag)}\n${escaped(plainText(meaning))}`;
}

function text(markdown: string): string {
  return textBlocks(markdown)
    .map((block) => (block.kind === "code" ? code(block.text) : escaped(plainText(block.text))))
    .join("\n.PP\n");
}

function code(lines: string): string {
  return `.PP\n.RS 4\n.nf\n${lines.split("\n").map(escaped).join("\n")}\n.fi\n.RE`;
}

/** Text of one line in ASCII, of which roff shows every character: no requests, hyphens that can be copied. */
function escaped(line: string): string {
  const marked = line
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("`", "\\(ga")
    .replaceAll(/[^\p{ASCII}]/gu, (character) => `\\[u${hexOf(character)}]`);
  return /^[.']/.test(marked) ? `\\&${marked}` : marked;
}

function hexOf(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}
