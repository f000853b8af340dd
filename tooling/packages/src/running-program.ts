import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** A program that runs until it is disposed, and what it has printed. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = "";
  #onOutput = (): void => {};

  constructor(command: readonly [string, ...string[]], cwd: string) {
    const [program, ...args] = command;
    this.#child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        this.#onOutput();
      });
    }
    this.#child.once("close", () => this.#onOutput());
  }

  /** Waits until it has printed what matches. @throws Error with what it printed instead when it ends */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.#child.exitCode !== null) throw new Error(`it printed no ${pattern}:\n${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve;
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "close");
  }
}
