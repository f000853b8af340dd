import type { Readable, Writable } from "node:stream";

import { parseArguments } from "./argument-parser.ts";
import { optionName, type Command, type GivenArguments } from "./command.ts";
import { reportError } from "./error-report.ts";
import { escapedLines } from "./escaped.ts";
import { EXIT_OK, EXIT_USAGE, exitCodeOf } from "./exit-code.ts";
import {
  firstGlance,
  GLOBAL_OPTIONS,
  readGlobalOptions,
  setVariables,
  type GlobalOptions,
} from "./global-options.ts";
import type { HelpExtent } from "./help.ts";
import { lineReader } from "./line-reader.ts";
import { resolveCommand } from "./resolve-command.ts";
import { presentResult, type Result } from "./result.ts";
import { fillRoute } from "./route-placeholder.ts";
import { styleOf } from "./style.ts";
import { createTerminal, type Terminal } from "./terminal.ts";

/** How wide help is at most. */
const HELP_WIDTH = 100;

/** What a program is given to work with; `process` is one. */
export interface Host {
  readonly stdin: Readable & {
    readonly isTTY?: boolean;
    setRawMode?(isRaw: boolean): unknown;
  };
  readonly stdout: Writable & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly stderr: Writable & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly env: NodeJS.ProcessEnv;
}

/** One run of the command line program on the streams and the environment of `host`, normally `process`. */
export class Program {
  readonly #host: Host;
  readonly #unread = new AbortController();

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * Runs the command and returns the exit code. `signal` interrupts it: its reason is then the error. Throws nothing but
   * programmers' mistakes.
   */
  async run(argv: readonly string[], signal: AbortSignal = new AbortController().signal): Promise<number> {
    const { env, stderr, stdout } = this.#host;
    // A reader that has seen enough (`ockam node list | head -1`) is no failure, and neither is a terminal that is gone.
    stdout.on("error", () => this.#unread.abort());
    stderr.on("error", () => {});
    if (argv[0] === "--get-completions") return this.#complete(argv.slice(1));
    let glance = firstGlance(argv);
    try {
      setVariables(argv, env);
      const resolved = await resolveCommand(argv);
      const given = parseArguments(
        resolved.rest,
        resolved.command ?? { positionals: {}, options: {} },
        GLOBAL_OPTIONS,
      );
      const globals = readGlobalOptions(given, env);
      glance = { ...glance, json: globals.json };
      if (globals.help || resolved.help) {
        const isCompact = !resolved.help && !argv.includes("--help");
        return await this.#help(resolved.words, stdout, isCompact ? "compact" : "extensive");
      }
      if (resolved.command === undefined) {
        await this.#help(resolved.words, stderr, "compact");
        return EXIT_USAGE;
      }
      return await this.#invoke(resolved.command, given, { globals, signal });
    } catch (error) {
      // What an interrupted command fails with is not what it was ended by.
      const cause: unknown = signal.aborted ? signal.reason : error;
      reportError(cause, {
        stderr,
        style: styleOf(stderr, env, glance.noColor),
        json: glance.json,
        verbose: glance.verbose,
      });
      return exitCodeOf(cause);
    }
  }

  async #invoke(command: Command, given: GivenArguments, run: Run): Promise<number> {
    const terminal = this.#terminal(command, given, run);
    if (run.globals.testArgumentParser) {
      command.read(given);
      return EXIT_OK;
    }
    const result = await command.read(await this.#fillRoutes(command, given, run.signal))(terminal);
    if (result !== undefined) await terminal.print(result);
    return EXIT_OK;
  }

  async #print(result: Result, globals: GlobalOptions): Promise<void> {
    const { env, stdout } = this.#host;
    const text = await presentResult(result, {
      json: globals.json,
      compact: globals.compactOutput,
      jq: globals.jq,
      stdoutIsTty: stdout.isTTY === true,
      style: styleOf(stdout, env, globals.noColor),
    });
    if (text === "") return;
    const whole = result.isBare === true && text === result.machine ? text : `${text}\n`;
    stdout.write(stdout.isTTY === true ? escapedLines(whole) : whole);
    this.#printNext(result, globals);
  }

  #printNext(result: Result, globals: GlobalOptions): void {
    const { env, stderr, stdout } = this.#host;
    const isForPeople = stdout.isTTY === true && stderr.isTTY === true && !globals.json && !globals.quiet;
    if (!isForPeople) return;
    const style = styleOf(stderr, env, globals.noColor);
    for (const line of result.next?.(style) ?? []) stderr.write(`${escapedLines(style.info(line))}\n`);
  }

  #terminal(command: Command, given: GivenArguments, { globals, signal }: Run): Terminal {
    const { env, stderr, stdin, stdout } = this.#host;
    const terminal = createTerminal({
      stderr,
      stdin,
      style: styleOf(stderr, env, globals.noColor),
      screen: stdout.isTTY === true ? { stdout, style: styleOf(stdout, env, globals.noColor) } : undefined,
      dumb: env["TERM"] === "dumb",
      quiet: globals.quiet,
      noInput: globals.noInput,
      verbosity: globals.verbose,
      json: globals.json,
      signal,
      unread: this.#unread.signal,
      print: (result) => this.#print(result, globals),
    });
    for (const [key, option] of Object.entries({ ...GLOBAL_OPTIONS, ...command.options })) {
      if (option.deprecated !== undefined && given.options.has(key)) {
        terminal.warn(`--${optionName(key)} is deprecated: ${option.deprecated}`);
      }
    }
    return terminal;
  }

  async #fillRoutes(command: Command, given: GivenArguments, signal: AbortSignal): Promise<GivenArguments> {
    const readLine = lineReader(this.#host.stdin, signal);
    const options = new Map(given.options);
    let filled = false;
    for (const [key, values] of given.options) {
      if (command.options[key]?.route !== true) continue;
      const routes: string[] = [];
      for (const value of values) routes.push(await fillRoute(value, readLine));
      filled ||= routes.some((route, index) => route !== values[index]);
      options.set(key, routes);
    }
    // Whoever wrote the line may keep the pipe open: this process does not wait for its end.
    if (filled) this.#host.stdin.destroy();
    return { ...given, options };
  }

  async #help(words: readonly string[], stream: Host["stdout"], extent: HelpExtent): Promise<number> {
    const { helpText } = await import("./help.ts");
    // A terminal that does not know its width says 0.
    const columns = Math.min(stream.columns || HELP_WIDTH, HELP_WIDTH);
    stream.write(`${await helpText(words, columns, extent)}
`);
    return EXIT_OK;
  }

  async #complete(words: readonly string[]): Promise<number> {
    const { answerShell } = await import("./completion/answer-shell.ts");
    this.#host.stdout.write(`${(await answerShell(words)).join("\n")}\n`);
    return EXIT_OK;
  }
}

/** What a command is run with. */
interface Run {
  readonly globals: GlobalOptions;
  readonly signal: AbortSignal;
}
