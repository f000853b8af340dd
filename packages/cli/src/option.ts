import { OckamError } from "@ockam/codec";

import { parseDuration } from "./duration.ts";
import { nearest } from "./nearest.ts";
import { usageError } from "./usage-error.ts";

/** What can be said of any option. */
export interface OptionNotes {
  /** One letter. */
  readonly short?: string;
  /** Other names that are accepted. */
  readonly aliases?: readonly string[];
  /** Accepted, but not in the help. */
  readonly hidden?: boolean;
  /** Accepted with this warning. */
  readonly deprecated?: string;
  /** What holds when the option is absent, for the help. */
  readonly fallback?: string;
  /** The value is a route: a `-` in it is filled from standard input. */
  readonly route?: boolean;
  /** Known, but nothing that this program can do: see {@link unsupported}. */
  readonly unsupported?: boolean;
}

/** An option of a command. Its name is the key it has in the command, in kebab case. */
export interface Option<T> extends OptionNotes {
  readonly summary: string;
  readonly takes: "nothing" | "value" | "values";
  /** What the help calls the value. */
  readonly value: string;
  /** The value of what was typed: nothing when absent, an empty text for each time a flag was given. */
  read(given: readonly string[], name: string): T;
}

/** An argument without a name. The help calls it by its key. */
export interface Positional<T> {
  readonly summary: string;
  readonly required: boolean;
  read(given: string | undefined, name: string): T;
}

/** `--name`: on when given. */
export function flag(summary: string, notes: OptionNotes = {}): Option<boolean> {
  return { ...notes, summary, takes: "nothing", value: "", read: (given) => given.length > 0 };
}

/** `-v`, `-vv`: how often it was given. */
export function count(summary: string, notes: OptionNotes = {}): Option<number> {
  return { ...notes, summary, takes: "nothing", value: "", read: (given) => given.length };
}

/** `--name VALUE`, as typed. */
export function text(value: string, summary: string, notes: OptionNotes = {}): Option<string | undefined> {
  return parsed(value, summary, (typed) => typed, notes);
}

/** `--name VALUE`, repeatable, as typed. */
export function texts(value: string, summary: string, notes: OptionNotes = {}): Option<readonly string[]> {
  return { ...notes, summary, takes: "values", value, read: (given) => given };
}

/** `--name VALUE`, repeatable, each as `parse` reads it. */
export function parsedEach<T>(
  value: string,
  summary: string,
  parse: (typed: string) => T,
  notes: OptionNotes = {},
): Option<readonly T[]> {
  return { ...notes, summary, takes: "values", value, read: (given) => given.map((typed) => parse(typed)) };
}

/** `--name DURATION`, in milliseconds. */
export function duration(summary: string, notes: OptionNotes = {}): Option<number | undefined> {
  return parsed("DURATION", summary, parseDuration, notes);
}

/** `--name VALUE`, as `parse` reads it. */
export function parsed<T>(
  value: string,
  summary: string,
  parse: (typed: string) => T,
  notes: OptionNotes = {},
): Option<T | undefined> {
  return {
    ...notes,
    summary,
    takes: "value",
    value,
    read: ([typed]) => (typed === undefined ? undefined : parse(typed)),
  };
}

/** `--name WORD`, one of some words. */
export function choice<T extends string>(
  words: readonly T[],
  summary: string,
  notes: OptionNotes = {},
): Option<T | undefined> {
  const read = (typed: string): T => {
    const found = words.find((word) => word === typed);
    if (found !== undefined) return found;
    const guess = nearest(typed, words);
    const values = words.join(", ");
    throw usageError(
      `'${typed}' is none of its values`,
      guess === undefined ? `give one of: ${values}` : `did you mean '${guess}'? The values are ${values}`,
    );
  };
  return parsed(words.join("|"), summary, read, notes);
}

/** The same option, which must be given. */
export function required<T>(option: Option<T | undefined>): Option<T> {
  return {
    ...option,
    read(given, name) {
      const value = option.read(given, name);
      if (value === undefined) throw usageError(`--${name} <${option.value}> is missing`);
      return value;
    },
  };
}

/**
 * An option of Rust's `ockam` for what this one does not do: the command fails when it is given, with exit code 70.
 * `value` is empty for a flag.
 */
export function unsupported(
  value: string,
  message: string,
  hint: string,
  aliases: readonly string[] = [],
): Option<undefined> {
  return {
    summary: "",
    takes: value === "" ? "nothing" : "value",
    value,
    hidden: true,
    unsupported: true,
    aliases,
    read(given) {
      if (given.length === 0) return undefined;
      throw notSupported(message, hint);
    },
  };
}

/** What a command fails with that was asked for what Rust's `ockam` does and this one does not. */
export function notSupported(message: string, hint: string): OckamError {
  return new OckamError("OCKAM_CLI_NOT_SUPPORTED", message, { details: { hint } });
}

/** An argument that may be left out. */
export function argument(summary: string): Positional<string | undefined> {
  return { summary, required: false, read: (given) => given };
}

/** An argument that must be given. */
export function requiredArgument(summary: string): Positional<string> {
  return {
    summary,
    required: true,
    read(given, name) {
      if (given === undefined) throw usageError(`the argument <${name}> is missing`);
      return given;
    },
  };
}
