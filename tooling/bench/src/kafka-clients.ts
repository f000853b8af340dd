import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { killProcess } from "@ockam/peers";

const PROGRAM = fileURLToPath(new URL("KafkaLoad.java", import.meta.url));
// Those of Kafka's own performance tools.
const OPTIONS = ["-Xmx512m", "-XX:MaxGCPauseMillis=20"];

/** Kafka's Java producers and consumers, in a process that all systems share: see KafkaLoad.java for its commands. */
export class KafkaClients implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  /** `classPath` is that of Kafka's client library. */
  constructor(classPath: string) {
    this.#process = spawn("java", [...OPTIONS, "-cp", classPath, PROGRAM], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Runs a command to its end; one at a time. @throws Error with what the client says when it fails */
  async run(...command: readonly (string | number)[]): Promise<readonly number[]> {
    this.#process.stdin!.write(`${command.join(" ")}\n`);
    const { done, value } = await this.#answers.next();
    if (done === true) throw new Error(`java ended with ${this.#process.exitCode} at: ${command.join(" ")}`);
    const [outcome, ...numbers] = value.trim().split(" ");
    if (outcome !== "ok") throw new Error(`${command.join(" ")}: ${value}`);
    return numbers.map(Number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await killProcess(this.pid);
  }
}
