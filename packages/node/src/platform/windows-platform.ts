import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { isAbsolute, join, relative } from "node:path";

import { LockedProcesses } from "./locked-processes.ts";
import type { ControlAddress, Platform } from "./platform.ts";
import type { ProcessTable } from "./process-table.ts";

/** What Windows opens as a device, whatever the folder: no file can have such a name. */
const DEVICE = /^(?:aux|con|nul|prn|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/i;

/** What {@link WindowsPlatform} needs of the system. */
export interface WindowsSystem {
  /** Before the names of pipes. */
  readonly pipes: string;
  /** The folder of the user, to which Windows lets nobody else. */
  readonly profile: string;
  /** The user as access lists name them. */
  readonly user: string;
  readonly run: (program: string, args: readonly string[]) => void;
}

/**
 * Windows: no modes, no signals to other processes, no Unix sockets in folders that others cannot enter.
 */
export class WindowsPlatform implements Platform {
  /** SIGHUP: the window of the console is closed, and Windows ends the process soon after. */
  readonly endSignals: readonly NodeJS.Signals[] = ["SIGINT", "SIGBREAK", "SIGHUP"];
  readonly tellsOfSignals = false;
  readonly showsArguments = false;
  readonly #system: WindowsSystem;

  constructor(system: WindowsSystem = windowsSystem()) {
    this.#system = system;
  }

  processTable(home: string | undefined): ProcessTable {
    return new LockedProcesses(home === undefined ? undefined : join(home, "run"));
  }

  /**
   * Every user sees the names of pipes, and one who knows a name could be there first: it is new each time. The token
   * is known to those who may read the state.
   */
  controlAddress(): ControlAddress {
    return {
      path: `${this.#system.pipes}ockam-${randomBytes(16).toString("hex")}`,
      token: randomBytes(32).toString("hex"),
    };
  }

  prepareControl(): void {}

  protectControl(): void {}

  async askToEnd(_pid: number, call: () => Promise<unknown>): Promise<void> {
    await call();
  }

  /** A folder in the user's own has the access of that. */
  closeFolder(path: string): void {
    const { profile, run, user } = this.#system;
    const way = relative(profile, path);
    if (way !== "" && !way.startsWith("..") && !isAbsolute(way)) return;
    run("icacls", [path, "/inheritance:r", "/grant:r", `${user}:(OI)(CI)F`]);
  }

  isFileName(name: string): boolean {
    return !DEVICE.test(name);
  }

  fileKey(name: string): string {
    return name.toLowerCase();
  }
}

function windowsSystem(): WindowsSystem {
  const { USERDOMAIN: domain, USERNAME: user } = process.env;
  return {
    pipes: "\\\\.\\pipe\\",
    profile: homedir(),
    user: domain === undefined ? `${user}` : `${domain}\\${user}`,
    run(program, args) {
      const { execFileSync } = process.getBuiltinModule("node:child_process");
      execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"], windowsHide: true });
    },
  };
}
