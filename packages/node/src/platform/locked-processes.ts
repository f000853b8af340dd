import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

import type { ProcessMark, ProcessStatus, ProcessTable } from "./process-table.ts";

interface OwnProcess {
  readonly mark: ProcessMark;
  readonly lock: DatabaseSync | undefined;
}

/**
 * Processes that keep a file locked for as long as they live: the system lets go of the lock of one that has ended,
 * however it ended. For systems whose list of processes cannot be read quickly. The lock is SQLite's, which every
 * system has. docs/decisions/010-locked-processes.md
 */
export class LockedProcesses implements ProcessTable {
  readonly #folder: string | undefined;
  #own: OwnProcess | undefined;

  /** `folder`: where the files are; undefined when nobody else is to know of this process. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  own(): ProcessMark {
    this.#own ??= this.#lockOwn();
    return this.#own.mark;
  }

  status({ pid, start }: ProcessMark): ProcessStatus {
    if (start === this.#own?.mark.start) return pid === process.pid ? "running" : "gone";
    const path = /^[0-9a-f]{32}$/.test(start) ? this.#pathOf(start) : undefined;
    if (path === undefined || !existsSync(path)) return "gone";
    if (isLocked(path)) return "running";
    remove(path);
    return "gone";
  }

  close(): void {
    const { lock, mark } = this.#own ?? {};
    this.#own = undefined;
    lock?.close();
    const path = mark === undefined ? undefined : this.#pathOf(mark.start);
    if (path !== undefined) remove(path);
  }

  #lockOwn(): OwnProcess {
    const mark = { pid: process.pid, start: randomBytes(16).toString("hex") };
    const path = this.#pathOf(mark.start);
    if (this.#folder === undefined || path === undefined) return { mark, lock: undefined };
    mkdirSync(this.#folder, { recursive: true });
    const lock = open(path);
    lock.exec("BEGIN EXCLUSIVE");
    return { mark, lock };
  }

  #pathOf(start: string): string | undefined {
    return this.#folder === undefined ? undefined : join(this.#folder, `${start}.lock`);
  }
}

function isLocked(path: string): boolean {
  const file = open(path);
  try {
    // Takes a lock that others may share: those who look at the same time see no owner in each other.
    file.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch {
    return true;
  } finally {
    file.close();
  }
}

function open(path: string): DatabaseSync {
  const sqlite = process.getBuiltinModule("node:sqlite");
  return new sqlite.DatabaseSync(path);
}

/** Somebody else may be looking at it: then they remove it, or whoever looks next. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nothing depends on it.
  }
}
