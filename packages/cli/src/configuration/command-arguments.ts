import { isOckamError } from "@ockam/codec";

import { optionName, type Command, type GivenArguments } from "../command.ts";
import { hintOf } from "../hint.ts";
import { nearest } from "../nearest.ts";
import type { Option, Positional } from "../option.ts";
import { configurationError, type Place } from "./place.ts";
import { maskSecrets } from "./planned-command.ts";
import { isSecretName, type Expanded, type Variables } from "./variables.ts";
import type { MappingEntry, Scalar, Value } from "./yaml-tree.ts";

/** Arguments of a command that a configuration gives. */
export interface ConfiguredArguments {
  readonly given: GivenArguments;
  /** Keys of the options, and of the positional, whose values are not shown. */
  readonly secretKeys: ReadonlySet<string>;
  /** The secrets themselves, which no message repeats. */
  readonly secrets: readonly string[];
  /** Where the values of options are, by key. */
  readonly places: ReadonlyMap<string, Place>;
}

/** What {@link readArguments} reads. */
export interface ArgumentSource {
  readonly command: Pick<Command, "positionals" | "options">;
  /** What the error about an unknown key calls the section. */
  readonly section: string;
  readonly entries: readonly MappingEntry[];
  /** The value of the positional, when it is not among the entries. */
  readonly name?: Scalar;
  /** For what is missing. */
  readonly place: Place;
  readonly variables: Variables;
  /** Keys of options that a configuration does not have. */
  readonly without?: ReadonlySet<string>;
  /** Do not ask for the options that the command must have. */
  readonly partial?: boolean;
}

/**
 * Reads option names and values as the command line would take them: in kebab or snake case, by an alias, or one
 * letter. `true` is a bare flag, `false` leaves the option out, a list repeats it. The positional has its own key.
 * @throws OckamError OCKAM_CLI_INVALID_CONFIGURATION at the key or value that is wrong
 */
export function readArguments(source: ArgumentSource): ConfiguredArguments {
  return new ArgumentReader(source).read();
}

/** The spelling of a key that is compared: `tcp_listener_address` is `tcp-listener-address`. */
export function kebab(key: string): string {
  return key.replaceAll("_", "-");
}

class ArgumentReader {
  readonly #source: ArgumentSource;
  readonly #options: Readonly<Record<string, Option<unknown>>>;
  readonly #positional: readonly [string, Positional<unknown>] | undefined;
  readonly #given = new Map<string, readonly string[]>();
  readonly #seen = new Map<string, Place>();
  readonly #secretKeys = new Set<string>();
  readonly #secrets: string[] = [];
  readonly #places = new Map<string, Place>();
  #name: string | undefined;

  constructor(source: ArgumentSource) {
    this.#source = source;
    const { options, positionals } = source.command;
    this.#options = Object.fromEntries(
      Object.entries(options).filter(([key]) => source.without?.has(key) !== true),
    );
    [this.#positional] = Object.entries(positionals);
  }

  read(): ConfiguredArguments {
    const { entries, name, place, partial } = this.#source;
    if (name !== undefined) this.#readName(name);
    for (const entry of entries) this.#readEntry(entry);
    if (partial !== true) {
      for (const [key, option] of Object.entries(this.#options)) {
        if (!this.#given.has(key)) this.#check(place, () => option.read([], optionName(key)));
      }
      if (this.#name === undefined && this.#positional !== undefined) {
        const [key, positional] = this.#positional;
        this.#check(place, () => positional.read(undefined, key));
      }
    }
    const positionals = this.#name === undefined ? [] : [this.#name];
    return {
      given: { positionals, options: this.#given },
      secretKeys: this.#secretKeys,
      secrets: this.#secrets,
      places: this.#places,
    };
  }

  #readEntry({ key, value }: MappingEntry): void {
    const { text } = this.#source.variables.expand(key);
    const found = this.#find(kebab(text));
    if (found === undefined) throw this.#unknown(text, key.place);
    const first = this.#seen.get(found);
    if (first !== undefined) {
      throw configurationError(key.place, `${text} is here twice: line ${first.line}, too`);
    }
    this.#seen.set(found, key.place);
    const option = this.#options[found];
    if (option === undefined) {
      this.#readName(expectScalar(value, text));
      return;
    }
    const values = this.#values(option, value, text);
    if (values.length === 0) return;
    for (const one of values) this.#noteSecrets(found, one);
    const typed = values.map((one) => one.text);
    this.#check(value.place, () => option.read(typed, optionName(found)));
    this.#given.set(found, typed);
    this.#places.set(found, value.place);
  }

  #values(option: Option<unknown>, value: Value, key: string): readonly Expanded[] {
    if (value.kind === "sequence" && option.takes === "values") {
      return value.items.map((item) => this.#value(expectScalar(item, key), key));
    }
    const scalar = expectScalar(value, key);
    if (option.takes !== "nothing") return isPlain(scalar, "false") ? [] : [this.#value(scalar, key)];
    const { text } = this.#source.variables.expand(scalar);
    if (text === "false") return [];
    if (text === "true") return [{ text: "", secrets: [] }];
    throw configurationError(value.place, `${key} is either true or false`);
  }

  #value(scalar: Scalar, key: string): Expanded {
    const expanded = this.#source.variables.expand(scalar);
    if (isPlain(scalar, "true", "null", "~")) {
      const hint = "put it between quotes if the word itself is meant";
      throw configurationError(scalar.place, `${key} needs a value`, hint);
    }
    if (scalar.plain && expanded.text === "") throw configurationError(scalar.place, `${key} needs a value`);
    return expanded;
  }

  #readName(scalar: Scalar): void {
    const [key, positional] = this.#positional ?? [];
    if (key === undefined || positional === undefined) {
      const { section } = this.#source;
      throw configurationError(scalar.place, `${section} have no names`, "write the options without one");
    }
    const name = this.#value(scalar, key);
    this.#noteSecrets(key, name);
    this.#check(scalar.place, () => positional.read(name.text, key));
    this.#name = name.text;
  }

  #noteSecrets(key: string, { secrets, text }: Expanded): void {
    const own = isSecretName(key) ? [text] : secrets;
    if (own.length === 0) return;
    this.#secretKeys.add(key);
    this.#secrets.push(...own);
  }

  #find(name: string): string | undefined {
    for (const [key, { aliases, short }] of Object.entries(this.#options)) {
      if (optionName(key) === name || short === name || aliases?.includes(name) === true) return key;
    }
    const key = this.#positional?.[0];
    return key === name && this.#source.name === undefined ? key : undefined;
  }

  #unknown(key: string, place: Place): Error {
    const { section } = this.#source;
    const names = Object.entries(this.#options)
      .filter(([, option]) => option.hidden !== true)
      .map(([name]) => optionName(name));
    const guess = nearest(key, names);
    const hint = guess === undefined ? `there is: ${names.join(", ")}` : `did you mean ${guess}?`;
    return configurationError(place, `${section} have no option ${key}`, hint);
  }

  #check(place: Place, read: () => unknown): void {
    try {
      read();
    } catch (error) {
      if (!isOckamError(error)) throw error;
      // The error itself may repeat the value.
      const message = maskSecrets(error.message, this.#secrets);
      throw configurationError(place, message, hintOf(error), this.#secrets.length === 0 ? error : undefined);
    }
  }
}

/** Whether the scalar is one of these words, without quotes. */
export function isPlain({ plain, text }: Scalar, ...words: readonly string[]): boolean {
  return plain && words.includes(text);
}

/** The value, which must not be a mapping or a list. */
export function expectScalar(value: Value, key: string): Scalar {
  if (value.kind === "scalar") return value;
  throw configurationError(
    value.place,
    `${key} takes one value, not a ${value.kind === "mapping" ? "mapping" : "list"}`,
  );
}
