import type { Readable, Writable } from "node:stream";

import { parseArguments } from "./argument-parser.ts";
import { optionName, type Command, type GivenArguments } from "./command.ts";
import { reportError } from "./error-report.ts";
import { EXIT_OK, EXIT_USAGE, exitCodeOf } from "./exit-code.ts";
import { GLOBAL_OPTIONS, isOn, readGlobalOptions, type GlobalOptions } from "./global-options.ts";
import { lineReader } from "./line-reader.ts";
import { resolveCommand } from "./resolve-command.ts";
import { presentResult, type Result } from "./result.ts";
import { fillRoute } from "./route-placeholder.ts";
import { createStyle } from "./style.ts";
import { createTerminal, type Terminal } from "./terminal.ts";

/** What a program is given to work with; `process` is one. */
export interface Host {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: NodeJS.ProcessEnv;
}

/** One run of the command line program on the streams and the environment of `host`, normally `process`. */
export class Program {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Runs the command and returns the exit code. Throws nothing but programmers' mistakes. */
  async run(argv: readonly string[]): Promise<number> {
    // A reader that has seen enough (`ockam node list | head -1`) is no failure.
    this.#host.stdout.on("error", () => {});
    if (argv[0] === "--get-completions") return this.#complete(argv.slice(1));
    // Until the arguments are read, errors about them go by their looks.
    let json = argv.some(
      (word, at) => word === "--output=json" || (word === "json" && argv[at - 1] === "--output"),
    );
    try {
      const resolved = await resolveCommand(argv);
      const given = parseArguments(
        resolved.rest,
        resolved.command ?? { positionals: {}, options: {} },
        GLOBAL_OPTIONS,
      );
      const globals = readGlobalOptions(given, this.#host.env);
      json = isJson(globals);
      if (globals.help || resolved.help) return await this.#help(resolved.words, this.#host.stdout);
      if (resolved.command === undefined) {
        await this.#help(resolved.words, this.#host.stderr);
        return EXIT_USAGE;
      }
      return await this.#invoke(resolved.command, given, globals);
    } catch (error) {
      reportError(error, {
        stderr: this.#host.stderr,
        style: createStyle(this.#coloursOn(argv) && this.#host.stderr.isTTY === true),
        json,
        verbose: argv.some((word) => /^(-v+|--verbose)$/.test(word)),
      });
      return exitCodeOf(error);
    }
  }

  async #invoke(command: Command, given: GivenArguments, globals: GlobalOptions): Promise<number> {
    const terminal = this.#terminal(command, given, globals);
    if (globals.testArgumentParser) {
      command.read(given);
      return EXIT_OK;
    }
    const result = await command.read(await this.#fillRoutes(command, given))(terminal);
    if (result !== undefined) await terminal.print(result);
    return EXIT_OK;
  }

  async #print(result: Result, globals: GlobalOptions): Promise<void> {
    const text = await presentResult(result, {
      json: isJson(globals),
      compact: globals.compactOutput,
      jq: globals.jq,
      stdoutIsTty: this.#host.stdout.isTTY === true,
      style: createStyle(this.#coloursOn([]) && !globals.noColor && this.#host.stdout.isTTY === true),
    });
    if (text === "") return;
    this.#host.stdout.write(result.isBare === true && text === result.machine ? text : `${text}\n`);
  }

  #terminal(command: Command, given: GivenArguments, globals: GlobalOptions): Terminal {
    const { env, stderr, stdin } = this.#host;
    const terminal = createTerminal({
      stderr,
      stdin,
      colours: this.#coloursOn([]) && !globals.noColor,
      quiet: globals.quiet || isOn(env["QUIET"]),
      noInput: globals.noInput || isOn(env["NO_INPUT"]),
      verbosity: globals.verbose,
      json: isJson(globals),
      print: (result) => this.#print(result, globals),
    });
    for (const [key, option] of Object.entries({ ...GLOBAL_OPTIONS, ...command.options })) {
      if (option.deprecated !== undefined && given.options.has(key)) {
        terminal.warn(`--${optionName(key)} is deprecated: ${option.deprecated}`);
      }
    }
    return terminal;
  }

  async #fillRoutes(command: Command, given: GivenArguments): Promise<GivenArguments> {
    const readLine = lineReader(this.#host.stdin);
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

  async #help(words: readonly string[], stream: Host["stdout"]): Promise<number> {
    const { helpText } = await import("./help.ts");
    const columns = Math.min(stream.columns ?? 100, 100);
    stream.write(`${await helpText(words, columns)}\n`);
    return EXIT_OK;
  }

  async #complete(words: readonly string[]): Promise<number> {
    const { completions } = await import("./completions.ts");
    for (const found of await completions(words)) this.#host.stdout.write(`${found}\n`);
    return EXIT_OK;
  }

  #coloursOn(argv: readonly string[]): boolean {
    return (this.#host.env["NO_COLOR"] ?? "") === "" && !argv.includes("--no-color");
  }
}

function isJson(globals: GlobalOptions): boolean {
  return globals.output === "json" || globals.jq !== undefined || globals.compactOutput;
}
