import type { Readable, Writable } from "node:stream";

import type { Log, LogLevel } from "@ockam/codec";

import { escapedLines } from "./escaped.ts";
import type { RunningNode } from "./node-access.ts";
import type { Result } from "./result.ts";
import { Spinner } from "./spinner.ts";
import type { Screen, ScreenOptions } from "./live/screen.ts";
import type { Style } from "./style.ts";

/** Where a command writes and how much. Results go to standard output, everything else to standard error. */
export interface Terminal {
  /** For standard error. */
  readonly style: Style;
  readonly quiet: boolean;
  /** How often `-v` was given. */
  readonly verbosity: number;
  readonly json: boolean;
  /** Aborted when the command is to end: by Ctrl-C, SIGTERM or SIGHUP. All that may wait takes it. */
  readonly signal: AbortSignal;
  /** Aborted when nobody reads standard output any more: ends commands that print until they are ended. */
  readonly unread: AbortSignal;
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
  /** Lets one of `items` be chosen, with the mark at `initial` first. Undefined when nobody can be asked; a single one is taken unasked. */
  selectOne(question: string, items: readonly string[], initial?: string): Promise<string | undefined>;
  /** Lets some of `items` be chosen, at least one. Undefined when nobody can be asked; a single one is taken unasked. */
  selectSome(question: string, items: readonly string[]): Promise<readonly string[] | undefined>;
  /** Says that something is going on until `work` is done. Within other such work, only the outer one is told of. */
  busy<T>(what: string, work: () => Promise<T>): Promise<T>;
  /**
   * Takes standard output over, for a view that stays until it is ended; undefined where results are not for people at a
   * terminal that can be drawn on.
   */
  openScreen(): Promise<Screen | undefined>;
  /** For `readSource`: where `-` is read from, after saying what is awaited to who would have to type it. */
  source(what: string): { input(): Readable; readonly signal: AbortSignal };
  /** A node that runs in this process: a command that names it needs no other way to it. */
  readonly ownNode?: RunningNode;
  /** What a command works on instead of a node: of the commands that a configuration runs. */
  readonly through?: (node: RunningNode) => RunningNode;
}

/** The streams and settings that a terminal is made of. */
export interface TerminalOptions {
  readonly stderr: Writable & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly stdin: NonNullable<ScreenOptions["stdin"]>;
  /** For standard error. */
  readonly style: Style;
  /** Standard output, when it is a terminal. */
  readonly screen: { readonly stdout: ScreenOptions["stdout"]; readonly style: Style } | undefined;
  /** Whether the terminal can only write one line after the other. */
  readonly dumb: boolean;
  readonly quiet: boolean;
  readonly noInput: boolean;
  readonly verbosity: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
  readonly unread: AbortSignal;
  print(result: Result): Promise<void>;
}

/** The terminal of one run of the program. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { dumb, json, noInput, quiet, signal, stderr, stdin, style, unread, verbosity } = options;
  let spinner: Spinner | undefined;
  const say = (line: string): void => {
    spinner?.clear();
    stderr.write(`${escapedLines(line)}\n`);
  };
  const canAsk = stderr.isTTY === true && stdin.isTTY === true && !quiet && !noInput;
  const canSpin = stderr.isTTY === true && !dumb && !quiet && verbosity === 0;
  const dialogue = { input: stdin, output: stderr, signal };
  const select = async (
    question: string,
    items: readonly string[],
    several: boolean,
    initial?: string,
  ): Promise<readonly string[] | undefined> => {
    if (!canAsk || dumb) return undefined;
    if (items.length < 2) return items;
    const selection = await import("./selection.ts");
    return selection.select({ question, items, several, initial, dialogue, style });
  };
  return {
    style,
    quiet,
    verbosity,
    json,
    signal,
    unread,
    async print(result) {
      spinner?.clear();
      await options.print(result);
    },
    note: (line) => {
      if (!quiet) say(style.info(line));
    },
    warn: (line) => {
      if (!quiet) say(style.warning(line));
    },
    log({ level, area, message, error }) {
      if (verbosity < LEAST_VERBOSITY[level]) return;
      const cause = error instanceof Error ? `: ${error.message}` : "";
      say(`${new Date().toISOString()} ${level.toUpperCase()} ${area} ${message}${cause}`);
    },
    async confirm(question, yes) {
      if (yes) return true;
      const { askToConfirm } = await import("./confirmation.ts");
      return askToConfirm(style.info(question), canAsk ? dialogue : undefined);
    },
    async ask(question) {
      if (!canAsk) return undefined;
      const { askForLine } = await import("./confirmation.ts");
      return askForLine(style.info(question), dialogue);
    },
    selectOne: async (question, items, initial) => (await select(question, items, false, initial))?.[0],
    selectSome: (question, items) => select(question, items, true),
    async busy(what, work) {
      if (!canSpin || spinner !== undefined) return work();
      using shown = new Spinner(stderr, style, what);
      spinner = shown;
      try {
        return await work();
      } finally {
        spinner = undefined;
      }
    },
    async openScreen() {
      const { screen } = options;
      if (screen === undefined || json || dumb || quiet) return undefined;
      const { openScreen } = await import("./live/screen.ts");
      return openScreen({ ...screen, stdin: noInput ? undefined : stdin });
    },
    source: (what) => ({
      input() {
        if (stdin.isTTY === true) say(style.info(`Type or paste ${what}, then Enter and Ctrl-D`));
        return stdin;
      },
      signal,
    }),
  };
}

const LEAST_VERBOSITY: Readonly<Record<LogLevel, number>> = { error: 1, warn: 1, info: 1, debug: 3 };
