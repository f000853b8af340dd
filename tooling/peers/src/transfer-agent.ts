import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { BytePattern } from "./byte-pattern.ts";
import { commandAt } from "./place.ts";
import type { Place } from "./place.ts";
import { TransferServer } from "./transfer-server.ts";
import type { TransferEnd, TransferMode } from "./transfer-server.ts";
import { transfer } from "./transfer.ts";
import type { TransferResult } from "./transfer.ts";

const MAIN = fileURLToPath(import.meta.url);

/** One transfer through a port of the agent's place; `stall` in milliseconds. */
export interface TransferOrder {
  readonly port: number;
  readonly mode: TransferMode;
  readonly length: number;
  readonly stall?: number;
}

/** A backend or a client that is to run at another place than the test: a process there that does what it is told. */
export class TransferAgent implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #calls = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", ({ call, result }: Reply) => {
      this.#waiting.get(call)?.(result);
      this.#waiting.delete(call);
    });
  }

  /** Agents with the same `seed` have the same pattern. */
  static async start(place: Place, seed: Uint8Array): Promise<TransferAgent> {
    const [program, args] = commandAt(place, process.execPath, []);
    const child = fork(MAIN, { execPath: program, execArgv: args, stdio: "inherit" });
    const agent = new TransferAgent(child);
    await agent.#call({ kind: "begin", seed: Buffer.from(seed).toString("base64") });
    return agent;
  }

  /** Starts a {@link TransferServer} on a port of the place's loopback. */
  async serve(port: number): Promise<void> {
    await this.#call({ kind: "serve", port });
  }

  /** How the server's connections ended so far, and how many are open. */
  async served(): Promise<{ readonly ends: readonly TransferEnd[]; readonly open: number }> {
    return this.#call({ kind: "served" });
  }

  /** Runs a transfer to its end. */
  async transfer(order: TransferOrder): Promise<TransferResult> {
    return this.#call({ kind: "transfer", order });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #call<T>(order: Order): Promise<T> {
    const call = this.#calls++;
    return new Promise<T>((resolve) => {
      this.#waiting.set(call, (result) => resolve(result as T));
      this.#child.send({ call, order });
    });
  }
}

type Order =
  | { readonly kind: "begin"; readonly seed: string }
  | { readonly kind: "serve"; readonly port: number }
  | { readonly kind: "served" }
  | { readonly kind: "transfer"; readonly order: TransferOrder };

interface Call {
  readonly call: number;
  readonly order: Order;
}

interface Reply {
  readonly call: number;
  readonly result: unknown;
}

/** What the process at the other place runs. */
function work(): void {
  let pattern = new BytePattern();
  let server: TransferServer | undefined;
  const perform = async (order: Order): Promise<unknown> => {
    if (order.kind === "begin") pattern = new BytePattern(Buffer.from(order.seed, "base64"));
    if (order.kind === "serve") server = await TransferServer.start(pattern, order.port);
    if (order.kind === "served") return { ends: server?.ends, open: server?.connections };
    if (order.kind !== "transfer") return null;
    const { port, mode, length, stall } = order.order;
    return transfer(port, mode, length, pattern, stall === undefined ? {} : { stall });
  };
  process.on("message", ({ call, order }: Call) => {
    void perform(order).then((result) => process.send?.({ call, result }));
  });
  process.on("disconnect", () => process.exit());
}

if (import.meta.main) work();
