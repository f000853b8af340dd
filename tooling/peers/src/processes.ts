import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const POLL = 20;

/**
 * The ids of the processes that were started with `NAME=value` in their environment, wherever they are in the
 * process tree by now: nodes in the background have left their parents. Linux only.
 */
export function processesWith(name: string, value: string): readonly number[] {
  const wanted = `${name}=${value}`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(wanted) && isAlive(pid));
}

/** Whether the process exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}

/** Ends the process with SIGKILL and waits until it is gone. */
export async function killProcess(pid: number): Promise<void> {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    return;
  }
  while (isAlive(pid)) await sleep(POLL);
}

/** The proportional set size of the process in bytes: its own memory and its share of what it shares. */
export function proportionalSetSize(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
}

function environmentOf(pid: number): readonly string[] {
  const path = `/proc/${pid}/environ`;
  try {
    return existsSync(path) ? readFileSync(path, "utf8").split("\0") : [];
  } catch {
    return [];
  }
}
