import type { ProcessTable } from "./process-table.ts";

/** Where a node takes calls. */
export interface ControlAddress {
  /** What `node:net` calls a path: of a Unix socket, or of a named pipe. */
  readonly path: string;
  /** What a caller must show, where the path alone does not keep others out. */
  readonly token: string | undefined;
}

/**
 * What differs between operating systems, and nothing else of the program asks which one it runs on. `currentPlatform`
 * chooses; tests give another one to `SqliteState.open`.
 */
export interface Platform {
  /** The signals by which people and the system end a program. */
  readonly endSignals: readonly NodeJS.Signals[];
  /** Whether a process can end by a signal that it got, so that its parent hears of that. */
  readonly tellsOfSignals: boolean;
  /** Whether every user of the machine sees the arguments of every process. */
  readonly showsArguments: boolean;
  /** The processes that have nodes of a state folder; of one in memory without a folder. */
  processTable(home: string | undefined): ProcessTable;
  /** Where a node takes calls from now on. */
  controlAddress(home: string, node: string): ControlAddress;
  /**
   * Before somebody listens there: nobody else can be there, or get there.
   * @throws OckamError OCKAM_NODE_CONTROL_FAILED
   */
  prepareControl(address: ControlAddress): void;
  /** After somebody listens there: only the owner may connect. */
  protectControl(address: ControlAddress): void;
  /** Asks a process to end in order; `call` is how to ask its node. */
  askToEnd(pid: number, call: () => Promise<unknown>): Promise<void>;
  /** Closes a folder that was just made to all other users. Throws what the system says. */
  closeFolder(path: string): void;
  /** Whether there can be a file or folder of that name. */
  isFileName(name: string): boolean;
  /** What is equal for names that are the same file to the system. */
  fileKey(name: string): string;
}
