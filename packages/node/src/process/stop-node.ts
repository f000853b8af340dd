import { setTimeout as sleep } from "node:timers/promises";

import type { StopNodeOptions } from "./node-lifecycle.ts";
import type { ProcessMark, ProcessTable } from "../platform/process-table.ts";
import { sqliteState } from "../state/sqlite-state.ts";
import type { State } from "../state/state.ts";

/** How long a node has to end by itself unless told otherwise, ms. */
export const STOP_TIMEOUT = 5000;
/** After how long the user is told that it takes a while, ms. */
export const STOP_SLOW = 2000;
/** How often is looked whether it has ended, ms. */
const POLL_INTERVAL = 50;

/**
 * Ends the process of a node: asks it to end (SIGTERM where there are signals), and kills it when that has not helped in
 * time. Its state stays.
 * @throws OckamError OCKAM_NODE_UNKNOWN_NODE; the signal's reason, when the node has been asked to end
 */
export async function stopNode(options: StopNodeOptions): Promise<"stopped" | "killed" | "was-not-running"> {
  const { name, state, timeout = STOP_TIMEOUT } = options;
  const { nodes, platform, processes } = sqliteState(state);
  const record = nodes.get(name);
  const mark = nodes.processOf(name);
  if (record.status !== "running" || mark === undefined) return "was-not-running";
  const ask = (): Promise<void> => platform.askToEnd(mark.pid, () => callStop(state, name, timeout));
  const ended = await endProcess({
    mark,
    processes,
    ask,
    timeout,
    onSlow: options.onSlow,
    signal: options.signal,
  });
  // What a process does last when it may: a killed one could not.
  nodes.release(name, mark);
  return ended;
}

async function callStop(state: State, name: string, timeout: number): Promise<unknown> {
  const { NodeClient } = await import("../control/node-client.ts");
  return await new NodeClient(state, name).call("node.stop", {}, { timeout });
}

interface Ending {
  readonly mark: ProcessMark;
  readonly processes: ProcessTable;
  readonly ask: () => Promise<void>;
  readonly timeout: number;
  readonly onSlow: (() => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

async function endProcess({
  ask,
  mark,
  onSlow,
  processes,
  signal,
  timeout,
}: Ending): Promise<"stopped" | "killed"> {
  const hasEnded = async (patience: number): Promise<boolean> => {
    const deadline = performance.now() + patience;
    while (processes.status(mark) === "running") {
      if (performance.now() >= deadline) return false;
      await sleep(POLL_INTERVAL);
      signal?.throwIfAborted();
    }
    return true;
  };
  // One that has ended just now, or does not answer, cannot be asked.
  void ask().catch(() => {});
  const slow = Math.min(STOP_SLOW, timeout);
  if (await hasEnded(slow)) return "stopped";
  onSlow?.();
  if (await hasEnded(timeout - slow)) return "stopped";
  kill(mark.pid);
  await hasEnded(STOP_TIMEOUT);
  return "killed";
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended just now.
  }
}
