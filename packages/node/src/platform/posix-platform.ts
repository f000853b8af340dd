import { chmodSync, rmSync } from "node:fs";
import { dirname } from "node:path";

import { PosixProcesses } from "./posix-processes.ts";
import type { ControlAddress, Platform } from "./platform.ts";
import type { ProcessTable } from "./process-table.ts";
import { FILE_MODE, FOLDER_MODE } from "../state/home-folder.ts";
import { controlSocketPath, makeSocketFolder } from "./unix-socket.ts";

/** Linux, macOS and other systems with users, modes and signals. */
export class PosixPlatform implements Platform {
  readonly endSignals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  readonly tellsOfSignals = true;
  readonly showsArguments = true;
  readonly #system: NodeJS.Platform;

  constructor(system: NodeJS.Platform) {
    this.#system = system;
  }

  processTable(): ProcessTable {
    return new PosixProcesses(this.#system);
  }

  controlAddress(home: string, node: string): ControlAddress {
    return { path: controlSocketPath(home, node), token: undefined };
  }

  prepareControl({ path }: ControlAddress): void {
    makeSocketFolder(dirname(path));
    // One that a killed process left; a living one would have the node.
    rmSync(path, { force: true });
  }

  protectControl({ path }: ControlAddress): void {
    chmodSync(path, FILE_MODE);
  }

  async askToEnd(pid: number): Promise<void> {
    process.kill(pid, "SIGTERM");
  }

  closeFolder(path: string): void {
    chmodSync(path, FOLDER_MODE);
  }

  isFileName(): boolean {
    return true;
  }

  /** The file systems of macOS do not tell large letters from small ones. */
  fileKey(name: string): string {
    return this.#system === "darwin" ? name.normalize("NFC").toLowerCase() : name;
  }
}
