import type { Readable, Writable } from "node:stream";

import type { Log, LogLevel } from "@ockam/codec";

import type { RunningNode } from "./node-access.ts";
import type { Result } from "./result.ts";
import { createStyle, type Style } from "./style.ts";

/** Where a command writes and how much. Results go to standard output, everything else to standard error. */
export interface Terminal {
  /** For standard error. */
  readonly style: Style;
  readonly quiet: boolean;
  /** How often `-v` was given. */
  readonly verbosity: number;
  readonly json: boolean;
  /** Prints a result at once: for commands that go on after it. Others return theirs. */
  print(result: Result): Promise<void>;
  /** A finished line of progress, a warning, or something to know: dropped with `--quiet`. */
  note(line: string): void;
  warn(line: string): void;
  /** For the packages that work in this process: as much as `-v` asks for. */
  readonly log: Log;
  /**
   * Asks to go on. True at once with `yes`.
   * @throws OckamError OCKAM_CLI_CONFIRMATION_REQUIRED when nobody can be asked.
   */
  confirm(question: string, yes: boolean): Promise<boolean>;
  /** Asks for one line of text; undefined when nobody can be asked. */
  ask(question: string): Promise<string | undefined>;
  /** A node that runs in this process: a command that names it needs no other way to it. */
  readonly ownNode?: RunningNode;
  /** What a command works on instead of a node: of the commands that a configuration runs. */
  readonly through?: (node: RunningNode) => RunningNode;
}

/** The streams and settings that a terminal is made of. */
export interface TerminalOptions {
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly colours: boolean;
  readonly quiet: boolean;
  readonly noInput: boolean;
  readonly verbosity: number;
  readonly json: boolean;
  print(result: Result): Promise<void>;
}

/** The terminal of one run of the program. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { stderr, stdin, quiet, noInput, verbosity, json } = options;
  const style = createStyle(options.colours && stderr.isTTY === true);
  const say = (line: string) => {
    if (!quiet) stderr.write(`${line}\n`);
  };
  const canAsk = stderr.isTTY === true && stdin.isTTY === true && !quiet && !noInput;
  return {
    style,
    quiet,
    verbosity,
    json,
    print: (result) => options.print(result),
    note: (line) => say(style.info(line)),
    warn: (line) => say(style.warning(line)),
    log({ level, area, message, error }) {
      if (verbosity < LEAST_VERBOSITY[level]) return;
      const cause = error instanceof Error ? `: ${error.message}` : "";
      stderr.write(`${new Date().toISOString()} ${level.toUpperCase()} ${area} ${message}${cause}\n`);
    },
    async confirm(question, yes) {
      if (yes) return true;
      const { askToConfirm } = await import("./confirmation.ts");
      return askToConfirm(question, canAsk ? { input: stdin, output: stderr } : undefined);
    },
    async ask(question) {
      if (!canAsk) return undefined;
      const { askForLine } = await import("./confirmation.ts");
      return askForLine(question, { input: stdin, output: stderr });
    },
  };
}

const LEAST_VERBOSITY: Readonly<Record<LogLevel, number>> = { error: 1, warn: 1, info: 1, debug: 3 };
