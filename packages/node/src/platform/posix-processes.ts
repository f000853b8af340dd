import { readFileSync } from "node:fs";

import type { ProcessMark, ProcessStatus, ProcessTable } from "./process-table.ts";

interface Inspection {
  readonly start: string;
  readonly zombie: boolean;
}

/** The system's own list: `/proc` on Linux, which is read in no time, `ps` elsewhere. */
export class PosixProcesses implements ProcessTable {
  readonly #inspect: (pid: number) => Inspection | undefined;

  constructor(system: NodeJS.Platform) {
    this.#inspect = system === "linux" ? inspectLinux : inspectWithPs;
  }

  own(): ProcessMark {
    return { pid: process.pid, start: this.#inspect(process.pid)?.start ?? "unknown" };
  }

  status(mark: ProcessMark): ProcessStatus {
    const found = this.#inspect(mark.pid);
    if (found === undefined || found.start !== mark.start) return "gone";
    return found.zombie ? "zombie" : "running";
  }

  close(): void {}
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
    const { execFileSync } = process.getBuiltinModule("node:child_process");
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
