import { setTimeout as sleep } from "node:timers/promises";

import type { StopNodeOptions } from "./node-lifecycle.ts";
import { processStatus } from "./process-table.ts";
import type { ProcessMark } from "./process-table.ts";
import { sqliteState } from "../state/sqlite-state.ts";

/** How long a node has to end by itself unless told otherwise, ms. */
export const STOP_TIMEOUT = 5000;
/** After how long the user is told that it takes a while, ms. */
export const STOP_SLOW = 2000;
/** How often is looked whether it has ended, ms. */
const POLL_INTERVAL = 50;

/**
 * Ends the process of a node: SIGTERM, and SIGKILL when that has not helped in time. Its state stays.
 * @throws OckamError OCKAM_NODE_UNKNOWN_NODE
 */
export async function stopNode(options: StopNodeOptions): Promise<"stopped" | "killed" | "was-not-running"> {
  const { name, timeout = STOP_TIMEOUT } = options;
  const { nodes } = sqliteState(options.state);
  const record = nodes.get(name);
  const mark = nodes.processOf(name);
  if (record.status !== "running" || mark === undefined) return "was-not-running";
  const ended = await endProcess(mark, timeout, options.onSlow);
  // What a process does last when it may: a killed one could not.
  nodes.release(name, mark);
  return ended;
}

async function endProcess(
  mark: ProcessMark,
  timeout: number,
  onSlow: (() => void) | undefined,
): Promise<"stopped" | "killed"> {
  send(mark, "SIGTERM");
  const slow = Math.min(STOP_SLOW, timeout);
  if (await hasEnded(mark, slow)) return "stopped";
  onSlow?.();
  if (await hasEnded(mark, timeout - slow)) return "stopped";
  send(mark, "SIGKILL");
  await hasEnded(mark, STOP_TIMEOUT);
  return "killed";
}

async function hasEnded(mark: ProcessMark, timeout: number): Promise<boolean> {
  const deadline = performance.now() + timeout;
  while (processStatus(mark) === "running") {
    if (performance.now() >= deadline) return false;
    await sleep(POLL_INTERVAL);
  }
  return true;
}

function send(mark: ProcessMark, signal: "SIGTERM" | "SIGKILL"): void {
  if (processStatus(mark) !== "running") return;
  try {
    process.kill(mark.pid, signal);
  } catch {
    // It ended just now.
  }
}
