import { spawn } from "node:child_process";

import { Deferred } from "../deferred.ts";

/** Characters of a program's complaints that are worth reading. */
const MAX_COMPLAINTS = 1000;

/** How a program is run: what it reads, and after how many milliseconds it is killed. */
export interface CommandInput {
  readonly input?: string;
  readonly timeout?: number;
}

/** Runs a program to its end and returns what it wrote to standard output. Throws with what it wrote to standard error. */
export async function commandOutput(
  program: string,
  args: readonly string[],
  { input, timeout = 60_000 }: CommandInput = {},
): Promise<string> {
  const child = spawn(program, args, { timeout, killSignal: "SIGKILL" });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream.setEncoding("utf8").toArray());
  const { promise, resolve, reject } = new Deferred<number | null>();
  child.once("error", reject);
  child.once("close", resolve);
  // It may end without having read everything.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await promise;
  const [output, complaints] = [(await stdout)!.join(""), (await stderr)!.join("")];
  if (code !== 0) {
    throw new Error(
      `${program} ${args.join(" ")} ended with ${code}\n${complaints.slice(0, MAX_COMPLAINTS)}`,
    );
  }
  return output;
}
