import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * A process that no later one is mistaken for: `start` tells when it began, so that a number which the system gives
 * out again does not count.
 */
export interface ProcessMark {
  readonly pid: number;
  readonly start: string;
}

/** What has become of a process. `zombie`: it has ended, but its parent has not asked how. */
export type ProcessStatus = "running" | "zombie" | "gone";

/** The mark of this process. */
export function ownProcess(): ProcessMark {
  return { pid: process.pid, start: inspect(process.pid)?.start ?? "unknown" };
}

/** Looks a process up by its mark. */
export function processStatus(mark: ProcessMark): ProcessStatus {
  const found = inspect(mark.pid);
  if (found === undefined || found.start !== mark.start) return "gone";
  return found.zombie ? "zombie" : "running";
}

interface Inspection {
  readonly start: string;
  readonly zombie: boolean;
}

function inspect(pid: number): Inspection | undefined {
  return process.platform === "linux" ? inspectLinux(pid) : inspectWithPs(pid);
}

function inspectLinux(pid: number): Inspection | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The program's name, in parentheses, may hold blanks and parentheses. Fields behind it: state is the 3rd of the
  // line, the start in ticks since the boot the 22nd.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { start: `${bootIdentifier()}:${fields[19] ?? ""}`, zombie: fields[0] === "Z" };
}

function bootIdentifier(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return "";
  }
}

function inspectWithPs(pid: number): Inspection | undefined {
  try {
    const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    const blank = line.indexOf(" ");
    return { start: line.slice(blank + 1).trim(), zombie: line.startsWith("Z") };
  } catch {
    return undefined;
  }
}
