import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** One of the things that are compared: anything that carries TCP connections from a port to a backend. */
export interface System {
  readonly name: SystemName;
  /** Nothing when it can be measured here, else what is missing and how to get it. */
  missing(): Promise<string | undefined>;
  /** Starts fresh processes that carry connections to `backend`. */
  start(backend: number): Promise<RunningSystem>;
}

/** A started system. */
export interface RunningSystem extends AsyncDisposable {
  readonly port: number;
  /** The processes that do its work now. */
  processes(): readonly number[];
  /** For Ockam systems: the port of the node that has the outlet, and answers secure channels. */
  readonly nodePort?: number;
  /** For Ockam systems: runs a command of the command line to its end. */
  readonly command?: (args: readonly string[]) => Promise<void>;
}

/** The systems, in the order of the table; the first is the one that is judged. */
export const SYSTEM_NAMES = ["ockam-ts", "ockam-rust", "plain-proxy", "ssh"] as const;

/** One of {@link SYSTEM_NAMES}. */
export type SystemName = (typeof SYSTEM_NAMES)[number];

/** Waits until something accepts connections on the port. */
export async function untilListening(port: number): Promise<void> {
  while (!(await accepts(port))) await sleep(20);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
