import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "@ockam/acceptance/free-port";
import { killProcess, processesWith } from "@ockam/acceptance/processes";

import { Deferred } from "./deferred.ts";
import { commandAt, THIS_MACHINE } from "./place.ts";
import type { Place } from "./place.ts";

/** What a finished command left behind. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command runs: `input` is its standard input (default none), `timeout` in milliseconds (default 120,000). */
export interface CommandOptions {
  readonly input?: string;
  readonly timeout?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A node in the background: where its TCP listener is and which process it is. */
export interface PeerNode {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
}

/** The variable that names the folder for the homes of one run of the suites; without it they lie in the system's. */
export const PEERS_RUN = "OCKAM_PEERS_RUN";

/** The implementations of the `ockam` command: Rust's, and this project's. */
export type Implementation = "rust" | "typescript";

/**
 * A state directory of its own (`OCKAM_HOME` in a temporary folder) and the `ockam` command of one implementation to
 * use it with. Both implementations have the same words, so a test takes either. Closing kills every process that
 * was started with this home and removes the folder.
 */
export class OckamHome implements AsyncDisposable {
  readonly implementation: Implementation;
  readonly path: string;
  readonly place: Place;
  /** The program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  readonly #env: Readonly<Record<string, string>>;
  #commands = 0;

  /** `command` is the program and its first arguments; `env` is added to the environment of each command, which runs at `place`. */
  constructor(
    implementation: Implementation,
    command: readonly [string, ...string[]],
    env: Readonly<Record<string, string>> = {},
    place: Place = THIS_MACHINE,
  ) {
    this.implementation = implementation;
    this.place = place;
    this.path = mkdtempSync(join(process.env[PEERS_RUN] ?? tmpdir(), `ockam-${implementation}-`));
    this.command = command;
    this.#env = env;
  }

  /** Runs `ockam ...args` to its end. Output goes through files, since a node in the background may keep a pipe open. */
  async run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const [program, ...first] = this.command;
    const command = commandAt(this.place, program, [...first, ...args]);
    const output = join(this.path, `.command-${this.#commands++}`);
    const [stdout, stderr] = [openSync(`${output}.out`, "w"), openSync(`${output}.err`, "w")];
    try {
      const { promise, resolve, reject } = new Deferred<number>();
      const child = spawn(...command, {
        env: { ...process.env, ...QUIET, ...this.#env, ...options.env, OCKAM_HOME: this.path },
        stdio: [options.input === undefined ? "ignore" : "pipe", stdout, stderr],
        timeout: options.timeout ?? 120_000,
        killSignal: "SIGKILL",
      });
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? -1));
      child.stdin?.end(options.input);
      const exitCode = await promise;
      return {
        exitCode,
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

  /** Runs a command that must succeed and returns its standard output, trimmed. */
  async output(args: readonly string[], options?: CommandOptions): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(args, options);
    if (exitCode !== 0) {
      throw new Error(
        `${this.implementation} ockam ${args.join(" ")} ended with ${exitCode}\n${stdout}${stderr}`,
      );
    }
    return stdout.trim();
  }

  /** Creates an identity and returns its identifier. */
  async createIdentity(name: string): Promise<string> {
    await this.output(["identity", "create", name]);
    return this.output(["identity", "show", name]);
  }

  /** Creates (or, with the port of before, restarts after a kill) a node in the background. */
  async createNode(
    name: string,
    options: { port?: number; args?: readonly string[] } = {},
  ): Promise<PeerNode> {
    const port = options.port ?? (await freePort());
    const listener = ["--tcp-listener-address", `${this.place.address}:${port}`];
    await this.output(["node", "create", name, ...listener, ...(options.args ?? [])]);
    const shown = JSON.parse(await this.output(["node", "show", name, "--output", "json"])) as {
      pid: number;
    };
    return { name, port, pid: shown.pid };
  }

  /** Creates an outlet at `node` and returns the end of a route to it, `/service/NAME`. */
  async createOutlet(node: PeerNode, to: number, args: readonly string[] = []): Promise<string> {
    return this.output(["tcp-outlet", "create", "--at", node.name, "--to", `127.0.0.1:${to}`, ...args]);
  }

  /** Creates an inlet at `node` along `route` and returns its port. */
  async createInlet(node: PeerNode, route: string, args: readonly string[] = []): Promise<number> {
    const port = await freePort();
    await this.output([
      "tcp-inlet",
      "create",
      "--at",
      node.name,
      "--from",
      `127.0.0.1:${port}`,
      "--to",
      route,
      ...args,
    ]);
    return port;
  }

  /** Kills everything that was started with this home and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let pids = this.processes(); pids.length > 0; pids = this.processes()) {
      await Promise.all(pids.map(killProcess));
    }
    rmSync(this.path, { recursive: true, force: true });
  }

  /** The ids of the living processes that were started with this home. */
  processes(): readonly number[] {
    return processesWith("OCKAM_HOME", this.path);
  }
}

/** The route to a node on this machine. */
export function routeTo(node: PeerNode): string {
  return `/ip4/127.0.0.1/tcp/${node.port}`;
}

// No prompts, no colours, nothing that leaves the machine.
const QUIET: Readonly<Record<string, string>> = {
  QUIET: "true",
  NO_INPUT: "true",
  NO_COLOR: "true",
  PAGER: "",
  OCKAM_DISABLE_UPGRADE_CHECK: "true",
  OCKAM_OPENTELEMETRY_EXPORT: "false",
  OCKAM_TELEMETRY_EXPORT: "false",
  OCKAM_DEFAULT_TIMEOUT: "30s",
  OCKAM_LOG_LEVEL: "error",
};
