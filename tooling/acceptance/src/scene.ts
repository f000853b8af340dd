import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { splitCommandLine } from "./command-line.ts";
import { FileServer } from "./file-server.ts";
import { freePort } from "./free-port.ts";
import { killProcess, processesWith } from "./processes.ts";

/** Whose `ockam` it is. */
export type Implementation = "typescript" | "rust";

/** An `ockam` command to run rows with: the program and its first arguments. */
export interface Ockam {
  readonly implementation: Implementation;
  readonly command: readonly [string, ...string[]];
}

/** What a finished command left behind. */
export interface Outcome {
  readonly line: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const COMMAND_TIMEOUT = 60_000;
const FILE_LENGTH = 1024;

/**
 * Where one row plays: a state folder of its own, variables that its command lines may name in braces, and the
 * processes it leaves behind. Every scene begins with `{m}`, a random word, and makes a free port for each variable
 * that begins with `p`.
 */
export class Scene implements AsyncDisposable {
  readonly ockam: Ockam;
  readonly home: string;
  readonly #variables = new Map<string, string>();
  readonly #children = new Set<ChildProcess>();
  readonly #servers: FileServer[] = [];
  #commands = 0;

  constructor(ockam: Ockam) {
    this.ockam = ockam;
    this.home = mkdtempSync(join(tmpdir(), "ock-"));
    this.set("m", randomBytes(4).toString("hex").replaceAll(/\d/g, "x"));
    this.set("home", this.home);
  }

  set(name: string, value: string): void {
    this.#variables.set(name, value);
  }

  async get(name: string): Promise<string> {
    if (!this.#variables.has(name) && /^p\d*$/.test(name)) this.set(name, String(await freePort()));
    const value = this.#variables.get(name);
    if (value === undefined) throw new Error(`the row has no variable {${name}}`);
    return value;
  }

  /** The text with its variables filled in. */
  async fill(text: string): Promise<string> {
    let filled = text;
    for (const [braces, name] of text.matchAll(/\{([a-z]\w*)\}/gi)) {
      filled = filled.replace(braces, await this.get(name!));
    }
    return filled;
  }

  /** Runs `ockam LINE` to its end. Its output is read from files: a node in the background may keep a pipe open. */
  async run(line: string, input?: string): Promise<Outcome> {
    const filled = await this.fill(line);
    const output = `${this.home}.${this.#commands++}`;
    const [stdout, stderr] = [openSync(`${output}.out`, "w"), openSync(`${output}.err`, "w")];
    try {
      const child = this.#spawn(filled, [input === undefined ? "ignore" : "pipe", stdout, stderr]);
      child.stdin?.end(input);
      await once(child, "exit");
      return {
        line: filled,
        exitCode: child.exitCode ?? -1,
        stdout: readFileSync(`${output}.out`, "utf8"),
        stderr: readFileSync(`${output}.err`, "utf8"),
      };
    } finally {
      closeSync(stdout);
      closeSync(stderr);
      rmSync(`${output}.out`);
      rmSync(`${output}.err`);
    }
  }

  /** Starts `ockam LINE` and does not wait for its end, with an open standard input. */
  async start(line: string): Promise<ChildProcess> {
    return this.#spawn(await this.fill(line), ["pipe", "ignore", "ignore"]);
  }

  /** The server behind the outlets; the variable `{http}` is its port. It also has `pages`, by their paths. */
  async serve(
    file: Uint8Array = randomBytes(FILE_LENGTH),
    pages: ReadonlyMap<string, string> = new Map(),
  ): Promise<FileServer> {
    const server = await FileServer.listen(file, { pages });
    this.#servers.push(server);
    this.set("http", String(server.port));
    return server;
  }

  /** A server that speaks TLS and proves to be localhost; the variable `{tls}` is its port. */
  async serveTls(): Promise<void> {
    const server = await FileServer.listen(randomBytes(FILE_LENGTH), { tls: true });
    this.#servers.push(server);
    this.set("tls", String(server.port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
    for (const child of this.#children) child.kill("SIGKILL");
    for (let pids = this.#processes(); pids.length > 0; pids = this.#processes()) {
      await Promise.all(pids.map(killProcess));
    }
    rmSync(this.home, { recursive: true, force: true });
  }

  #processes(): readonly number[] {
    return processesWith("OCKAM_HOME", this.home);
  }

  #spawn(line: string, stdio: ["ignore" | "pipe", number | "ignore", number | "ignore"]): ChildProcess {
    const [program, ...first] = this.ockam.command;
    const child = spawn(program, [...first, ...splitCommandLine(line)], {
      cwd: this.home,
      env: { ...inherited(), ...ENVIRONMENT, OCKAM_HOME: this.home },
      stdio,
      timeout: COMMAND_TIMEOUT,
      killSignal: "SIGKILL",
    });
    child.once("exit", () => this.#children.delete(child));
    this.#children.add(child);
    return child;
  }
}

// No prompts, no colours, nothing that leaves the machine.
const ENVIRONMENT: Readonly<Record<string, string>> = {
  QUIET: "true",
  NO_INPUT: "true",
  NO_COLOR: "true",
  PAGER: "",
  OCKAM_LOGGING: "true",
  OCKAM_LOG_LEVEL: "error",
  OCKAM_DISABLE_UPGRADE_CHECK: "true",
  OCKAM_TELEMETRY_EXPORT: "false",
  OCKAM_OPENTELEMETRY_EXPORT: "false",
  OCKAM_DEFAULT_TIMEOUT: "30s",
};

/** The environment without what a test runner or a user may have set for themselves. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OCKAM|VITEST|NODE_OPTIONS|ENROLLMENT)/.test(name)),
  );
}
