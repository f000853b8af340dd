import { optionName, type Command, type GivenArguments } from "../command.ts";
import type { Place } from "./place.ts";

/** What stands for a secret wherever a command is shown. */
export const MASK = "***";

/** A command that a configuration asks for, with arguments that were read already. */
export interface PlannedCommand {
  readonly words: readonly string[];
  readonly command: Command;
  readonly given: GivenArguments;
  /** Keys of the options, and of the positional, whose values are not shown. */
  readonly secretKeys: ReadonlySet<string>;
  /** The secrets themselves, which no message repeats. */
  readonly secrets: readonly string[];
  /** The option that is the configuration's node unless it was given. */
  readonly nodeOption: string | undefined;
  readonly place: Place;
}

/** The arguments, with the name of the node where none was given. */
export function argumentsAt({ given, nodeOption }: PlannedCommand, node: string): GivenArguments {
  if (nodeOption === undefined || given.options.has(nodeOption)) return given;
  return { ...given, options: new Map(given.options).set(nodeOption, [node]) };
}

/** What would be typed for it, word by word and without quotes. Secrets are `***`. */
export function commandLine(planned: PlannedCommand, node: string): readonly string[] {
  const { command, secretKeys, words } = planned;
  const { options, positionals } = argumentsAt(planned, node);
  const show = (key: string, value: string): string => (secretKeys.has(key) ? MASK : value);
  const names = Object.keys(command.positionals);
  return [
    ...words,
    ...positionals.map((value, index) => show(names[index] ?? "", value)),
    ...Array.from(options).flatMap(([key, values]) =>
      values.flatMap((value) => {
        const name = `--${optionName(key)}`;
        return command.options[key]?.takes === "nothing" ? [name] : [name, show(key, value)];
      }),
    ),
  ];
}

// What is shorter is no secret, and would take letters out of words.
const SHORTEST_SECRET = 4;

/** The text with `***` in the place of each secret. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .toSorted((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

/** The words as a POSIX shell takes them. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

function quote(word: string): string {
  if (word === MASK || /^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
