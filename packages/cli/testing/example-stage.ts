import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { createNode, type OckamNode, type State } from "@ockam/node";
import { openState, stopNode } from "@ockam/node/state";
import { vi } from "vitest";

import { parseArguments } from "../src/argument-parser.ts";
import type { Command } from "../src/command.ts";
import { GLOBAL_OPTIONS, readGlobalOptions } from "../src/global-options.ts";
import { lineReader } from "../src/line-reader.ts";
import { resolveCommand } from "../src/resolve-command.ts";
import { presentResult, type Presentation, type Result } from "../src/result.ts";
import { fillRoute } from "../src/route-placeholder.ts";
import { createStyle } from "../src/style.ts";
import { temporaryHome } from "./test-project.ts";
import { testTerminal } from "./test-terminal.ts";

const POLL_INTERVAL = 50;

/** What a command line printed: the text of the results of its last command, and how they look in each form. */
export interface Shown {
  readonly command: Command;
  readonly results: readonly PresentedResult[];
}

/** A result in the forms that a program prints it in. */
export interface PresentedResult {
  readonly json: string;
  readonly piped: string;
  readonly plain: string;
  readonly hasMachineForm: boolean;
}

/** What is on a stage before anybody comes. */
export interface ExampleStageOptions {
  /** An empty folder, unless told otherwise. */
  readonly home?: string;
  /** Whose home it is, and with whom it ends. */
  readonly company?: AsyncDisposable;
  /** The script of the `ockam` that commands start in the background. */
  readonly program?: string;
}

/**
 * A user's machine on which lines of a manual are run: an empty home, and an empty folder to be in. Commands run in this
 * process, and so do the nodes that it is given; those that commands start are processes, and end with it.
 */
export class ExampleStage implements AsyncDisposable {
  readonly home: string;
  readonly #folder = realpathSync(temporaryHome());
  readonly #before = process.cwd();
  readonly #runner = process.argv[1]!;
  readonly #words = new Map<string, string>();
  readonly #states: State[] = [];
  readonly #nodes = new Map<string, OckamNode>();
  readonly #company: AsyncDisposable | undefined;

  constructor({ company, home = temporaryHome(), program }: ExampleStageOptions = {}) {
    this.home = home;
    this.#company = company;
    mkdirSync(join(home, "nodes"), { recursive: true });
    vi.stubEnv("OCKAM_HOME", home);
    process.chdir(this.#folder);
    // What a command starts in the background is this program again.
    if (program !== undefined) process.argv[1] = program;
  }

  /** From now on `words` in a line stand for `others`: a port that is free, an address that was printed. */
  say(words: string, others: string): void {
    this.#words.set(words, others);
  }

  file(name: string, content: string): void {
    writeFileSync(join(this.#folder, name), content);
  }

  /** A node that runs in this process. */
  async node(name: string): Promise<void> {
    const state = openState({ home: this.home });
    this.#states.push(state);
    const node = await createNode({ state, name, control: true, tcpListenerAddress: "127.0.0.1:0" });
    this.#nodes.set(name, node);
  }

  /** Where such a node listens: `127.0.0.1:4000`. */
  addressOf(node: string): string {
    const address = this.#nodes.get(node)?.tcpListenerAddress;
    if (address === undefined) throw new Error(`there is no node ${node}`);
    return address;
  }

  /** Runs `ockam LINE`, with ` | ockam …`, `> FILE` and `< FILE` in it, and returns what goes into a pipe. */
  async run(line: string): Promise<string> {
    return pipedText((await this.show(line)).results);
  }

  /** The same; returns what the last command printed. */
  async show(line: string): Promise<Shown> {
    let shown: Shown | undefined;
    for (const part of this.#replaced(line).split(" | ockam ")) {
      const [, typed = part, sign, file = ""] = /^(.*?) ([<>]) (\S+)$/.exec(part) ?? [];
      const input = sign === "<" ? readFileSync(file, "utf8") : pipedText(shown?.results ?? []);
      shown = await this.#command(wordsOf(typed), input);
      if (sign === ">") this.file(file, pipedText(shown.results));
    }
    return shown!;
  }

  /** Runs `ockam LINE --output json` as a process, until it ends or the node is up that it runs: returns its output. */
  async process(line: string, node?: string): Promise<string> {
    const child = spawn(
      process.execPath,
      [process.argv[1]!, ...wordsOf(this.#replaced(line)), "--output", "json"],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: process.env,
      },
    );
    const ended = once(child, "close");
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    if (node !== undefined) {
      using state = openState({ home: this.home });
      while (child.exitCode === null && state.nodes.find(node)?.status !== "running")
        await sleep(POLL_INTERVAL);
      child.kill("SIGTERM");
    }
    await ended;
    if (child.exitCode !== 0)
      throw new Error(`ockam ${line} ended with ${child.exitCode ?? child.signalCode}`);
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes.values()) await node.close();
    for (const state of this.#states) state.close();
    await this.#stopNodes();
    await this.#company?.[Symbol.asyncDispose]();
    process.argv[1] = this.#runner;
    process.chdir(this.#before);
    vi.unstubAllEnvs();
    for (const folder of [this.home, this.#folder]) rmSync(folder, { recursive: true, force: true });
  }

  /** Those that commands have started; the company's is not one of them. */
  async #stopNodes(): Promise<void> {
    using state = openState({ home: this.home });
    const running = state.nodes
      .list()
      .filter(({ pid, status }) => status === "running" && pid !== process.pid);
    for (const { name } of running) await stopNode({ state, name });
  }

  #replaced(line: string): string {
    let replaced = line;
    for (const [words, others] of this.#words) replaced = replaced.replaceAll(words, () => others);
    return replaced;
  }

  async #command(argv: readonly string[], input: string): Promise<Shown> {
    const { command, rest } = await resolveCommand(argv);
    if (command === undefined) throw new Error(`ockam ${argv.join(" ")} is no command`);
    const given = parseArguments(rest, command, GLOBAL_OPTIONS);
    const { jq } = readGlobalOptions(given, process.env);
    const stdin = Readable.from(input === "" ? [] : [input]);
    const options = new Map(given.options);
    for (const [key, values] of given.options) {
      if (command.options[key]?.route !== true) continue;
      const readLine = lineReader(stdin);
      options.set(key, await Promise.all(values.map((value) => fillRoute(value, readLine))));
    }
    const results: Result[] = [];
    const print = async (result: Result): Promise<void> => void results.push(result);
    // What goes on until it is ended is ended. It has no result that could be JSON.
    const follows = argv.includes("--follow");
    const { terminal } = testTerminal({
      stdin,
      json: !follows,
      noInput: true,
      print,
      ...(follows ? { signal: AbortSignal.timeout(POLL_INTERVAL) } : {}),
    });
    const result = await command.read({ ...given, options })(terminal);
    if (result !== undefined) results.push(result);
    return { command, results: await Promise.all(results.map((each) => presented(each, jq))) };
  }
}

async function presented(result: Result, jq: string | undefined): Promise<PresentedResult> {
  const pipe: Presentation = {
    json: false,
    compact: false,
    jq: undefined,
    stdoutIsTty: false,
    style: createStyle(false),
  };
  if (jq !== undefined) await presentResult(result, { ...pipe, jq });
  return {
    json: await presentResult(result, { ...pipe, json: true }),
    piped: await presentResult(result, pipe),
    plain: await presentResult(result, { ...pipe, stdoutIsTty: true, style: createStyle(true) }),
    hasMachineForm: result.machine !== undefined,
  };
}

function pipedText(results: readonly PresentedResult[]): string {
  return results.map(({ piped }) => `${piped}\n`).join("");
}

/** The words of a line for a shell: single quotes keep them together. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s']+|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}
