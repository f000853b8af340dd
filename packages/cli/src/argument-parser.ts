import { parseArgs, type ParseArgsConfig } from "node:util";

import { optionName, type Command, type GivenArguments } from "./command.ts";
import { nearest } from "./nearest.ts";
import type { Option } from "./option.ts";
import { usageError } from "./usage-error.ts";

type Options = Readonly<Record<string, Option<unknown>>>;

/** A part of a command line, as `node:util` takes it apart. */
export type Token =
  | { readonly kind: "positional"; readonly index: number; readonly value: string }
  | {
      readonly kind: "option";
      readonly index: number;
      readonly name: string;
      readonly rawName: string;
      readonly value: string | undefined;
      readonly inlineValue: boolean | undefined;
    }
  | { readonly kind: "option-terminator"; readonly index: number };

/**
 * Sorts the arguments after the words of the command: which positionals, which options with which values. Values are
 * not read yet.
 * @throws OckamError OCKAM_CLI_USAGE: an option or argument that the command does not have, an option without its
 *   value, or twice.
 */
export function parseArguments(
  argv: readonly string[],
  command: Pick<Command, "positionals" | "options" | "anyArguments">,
  globals: Options,
): GivenArguments {
  const options: Options = { ...globals, ...command.options };
  const keys = keysByName(options);
  const positionals: string[] = [];
  const given = new Map<string, string[]>();
  for (const token of tokenize(argv, options)) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const key = keys.get(token.name);
    if (key === undefined && command.anyArguments === true) continue;
    if (key === undefined) throw unknownOption(token.rawName, argv[token.index], options);
    const value = valueOf(token, options[key]!);
    const values = given.get(key) ?? [];
    if (values.length > 0 && options[key]!.takes === "value") {
      throw usageError(`${token.rawName} was given twice`, "give it once");
    }
    given.set(key, [...values, value]);
  }
  const most = Object.keys(command.positionals).length;
  if (positionals.length > most && command.anyArguments !== true) {
    throw usageError(
      `'${positionals[most]}' is one argument too many`,
      "put quotes round a text with spaces; --help shows what the command takes",
    );
  }
  return { positionals, options: given };
}

/** The tokens of a command line with these options; unknown ones count as flags. */
export function tokenize(argv: readonly string[], options: Options): readonly Token[] {
  const config: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [key, option] of Object.entries(options)) {
    const type = option.takes === "nothing" ? "boolean" : "string";
    for (const name of [optionName(key), ...(option.aliases ?? [])]) config[name] = { type, multiple: true };
    if (option.short !== undefined) config[optionName(key)]!.short = option.short;
  }
  return parseArgs({
    args: [...argv],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

function keysByName(options: Options): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(options).flatMap(([key, option]) =>
      [optionName(key), ...(option.aliases ?? [])].map((name) => [name, key] as const),
    ),
  );
}

function valueOf(token: Token & { kind: "option" }, option: Option<unknown>): string {
  if (option.takes === "nothing") {
    if (token.value === undefined) return "";
    throw usageError(`${token.rawName} takes no value`, `give ${token.rawName} alone, or leave it out`);
  }
  // A word that looks like the next option is not a value, unless it is attached with "=".
  const isOption = token.inlineValue !== true && /^--?[A-Za-z]/.test(token.value ?? "");
  if (token.value === undefined || isOption)
    throw usageError(`${token.rawName} needs a value: ${option.value}`);
  return token.value;
}

function unknownOption(rawName: string, word: string | undefined, options: Options): Error {
  const names = Object.entries(options)
    .filter(([, option]) => option.hidden !== true)
    .map(([key]) => `--${optionName(key)}`);
  // Several letters behind one dash, as other programs have them, are an option each here.
  const typed = word !== undefined && /^-[A-Za-z][A-Za-z-]+$/.test(word) ? `-${word}` : rawName;
  const guess = nearest(typed, names);
  return usageError(
    `there is no option ${rawName}`,
    guess === undefined ? undefined : `did you mean ${guess}?`,
  );
}
