import { optionName, type Command } from "../command.ts";
import type { Option } from "../option.ts";

/** What is typed for the command: `node show [name]`, without the `ockam` and without options. */
export function commandLine(words: readonly string[], { positionals }: Pick<Command, "positionals">): string {
  const given = Object.entries(positionals).map(([key, { required }]) =>
    required ? `<${optionName(key)}>` : `[${optionName(key)}]`,
  );
  return [...words, ...given].join(" ");
}

/** The options that are told of, by their keys. */
export function visibleOptions(
  options: Readonly<Record<string, Option<unknown>>>,
): readonly (readonly [string, Option<unknown>])[] {
  return Object.entries(options).filter(([, { hidden }]) => hidden !== true);
}

/** How an option is typed: `-t`, `--to ROUTE`. */
export function optionForms(key: string, { short, value }: Option<unknown>): readonly string[] {
  const long = `--${optionName(key)}${value === "" ? "" : ` ${value}`}`;
  return short === undefined ? [long] : [`-${short}`, long];
}

/** What an option is for, its other names, and what holds without it. In Markdown. */
export function optionMeaning({ aliases = [], fallback, summary }: Option<unknown>): string {
  const others = aliases.map((alias) => `\`--${alias}\``).join(", ");
  return [
    summary,
    ...(others === "" ? [] : [`Also ${others}`]),
    ...(fallback === undefined ? [] : [`Default: ${fallback}`]),
  ].join(". ");
}
