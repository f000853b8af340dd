import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../ockam/src/main.ts", import.meta.url));

/** The `ockam` command with a home of its own in a temporary folder: one of the machines of the demonstration. */
export class OckamCommand implements AsyncDisposable {
  readonly home: string;
  readonly #onCommand: (line: string) => void;

  private constructor(home: string, onCommand: (line: string) => void) {
    this.home = home;
    this.#onCommand = onCommand;
  }

  /** `onCommand` is told each command line before it runs. */
  static async create(onCommand: (line: string) => void): Promise<OckamCommand> {
    return new OckamCommand(await mkdtemp(join(tmpdir(), "ockam-demo-")), onCommand);
  }

  /** Runs a command to its end and returns what it prints; throws when it fails. */
  async run(...args: readonly string[]): Promise<string> {
    this.#onCommand(`ockam ${args.join(" ")}`);
    return this.#run(args);
  }

  /** As {@link run}, with a line on standard input. */
  async runWithInput(line: string, ...args: readonly string[]): Promise<string> {
    this.#onCommand(`echo ${line.slice(0, 14)}… | ockam ${args.join(" ")}`);
    return this.#run(args, line);
  }

  /** As {@link run}, and reads the answer as JSON. */
  async runForJson(...args: readonly string[]): Promise<unknown> {
    this.#onCommand(`ockam ${args.join(" ")}`);
    return this.ask(...args);
  }

  /** The identifier of the default identity. */
  identifier(): Promise<string> {
    return this.#run(["identity", "show"]);
  }

  /** Runs a command without telling, and reads its answer as JSON. */
  async ask(...args: readonly string[]): Promise<unknown> {
    const answer: unknown = JSON.parse(await this.#run([...args, "--output", "json"]));
    return answer;
  }

  /** Ends the nodes of this home and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run(["node", "delete", "--all", "--yes"]).catch((error: unknown) => console.error(error));
    await rm(this.home, { recursive: true, force: true });
  }

  // Output goes to a file, since a node in the background may keep a pipe open. In a process group of its own, a command
  // is not interrupted half-way by Ctrl-C.
  async #run(args: readonly string[], input?: string): Promise<string> {
    const path = join(this.home, ".output");
    const output = openSync(path, "w");
    try {
      const code = await exitCode(
        args,
        { ...process.env, ...SETTINGS, OCKAM_HOME: this.home },
        output,
        input,
      );
      const text = (await readFile(path, "utf8")).trim();
      if (code !== 0) throw new Error(`ockam ${args.join(" ")} ended with ${code}: ${text}`);
      return text;
    } finally {
      closeSync(output);
    }
  }
}

const SETTINGS = { QUIET: "true", NO_INPUT: "true", NO_COLOR: "true" };

function exitCode(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  output: number,
  input: string | undefined,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env,
      stdio: [input === undefined ? "ignore" : "pipe", output, output],
      detached: true,
    });
    child.stdin?.on("error", () => {}).end(`${input}\n`);
    child.once("error", reject);
    child.once("exit", resolve);
  });
}
