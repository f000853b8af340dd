import type { JsonShape } from "./json-shape.ts";
import type { Option, Positional } from "./option.ts";
import type { Result } from "./result.ts";
import type { Terminal } from "./terminal.ts";

/** What the user typed, sorted by name but not read: see {@link parseArguments}. */
export interface GivenArguments {
  readonly positionals: readonly string[];
  /** Key of the option → its values in order; an empty text for a flag. */
  readonly options: ReadonlyMap<string, readonly string[]>;
}

/** What a command says of itself: `--help`, man pages and docs/cli.md are made of it. Texts may have links in Markdown. */
export interface CommandManual {
  /** One line, without a full stop. */
  readonly summary: string;
  /** What it does, in a few sentences. */
  readonly description?: string;
  /** More paragraphs, tables or blocks, in Markdown: what only those need to know who read the whole manual. */
  readonly notes?: readonly string[];
  /** Command lines, without the `ockam`. Each one is run by command-examples.test.ts. */
  readonly examples: readonly string[];
  /** What `--output json` prints; undefined when there is no result. */
  readonly json: JsonShape | undefined;
  /** What goes into a pipe, when it is not that JSON: a few words without a full stop, like `the name`. */
  readonly pipe?: string;
}

/** A command as the rest of the program sees it. */
export interface Command extends CommandManual {
  readonly positionals: Readonly<Record<string, Positional<unknown>>>;
  readonly options: Readonly<Record<string, Option<unknown>>>;
  /** Known, but not in the help. */
  readonly hidden: boolean;
  /** Takes whatever is typed, and looks at none of it. */
  readonly anyArguments?: boolean;
  /**
   * Reads the arguments and returns what does the work with them. Without a result nothing is printed on standard
   * output.
   * @throws OckamError OCKAM_CLI_USAGE
   */
  read(given: GivenArguments): (terminal: Terminal) => Promise<Result | undefined>;
}

type Values<P, O> = { readonly [K in keyof P]: P[K] extends Positional<infer T> ? T : never } & {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};

/** What a command's file declares. `run` gets the values of all arguments by their keys. */
export interface CommandDefinition<P, O> extends CommandManual {
  readonly hidden?: boolean;
  readonly anyArguments?: boolean;
  readonly positionals?: P;
  readonly options?: O;
  run(values: Values<P, O>, terminal: Terminal): Promise<Result | undefined>;
}

/** Makes a command of its definition. */
export function defineCommand<
  P extends Readonly<Record<string, Positional<unknown>>>,
  O extends Readonly<Record<string, Option<unknown>>>,
>(definition: CommandDefinition<P, O>): Command {
  const positionals: Readonly<Record<string, Positional<unknown>>> = definition.positionals ?? {};
  const options: Readonly<Record<string, Option<unknown>>> = definition.options ?? {};
  return {
    ...definition,
    positionals,
    options,
    hidden: definition.hidden === true,
    read(given) {
      const values: Record<string, unknown> = {};
      for (const [index, [key, positional]] of Object.entries(positionals).entries()) {
        values[key] = positional.read(given.positionals[index], key);
      }
      for (const [key, option] of Object.entries(options)) {
        values[key] = option.read(given.options.get(key) ?? [], optionName(key));
      }
      return (terminal) => definition.run(values as Values<P, O>, terminal);
    },
  };
}

/** The name that is typed for the key of an option: `skipHandshake` → `skip-handshake`. */
export function optionName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
