import type { NodeRecord, State, StoredNodeOptions } from "./state.ts";

/** How to start a node in a process of its own. */
export interface StartBackgroundNodeOptions {
  readonly state: State;
  readonly name: string;
  /** Name of its identity, created when missing. The stored one, else the default one. */
  readonly identity?: string;
  /** What differs from the stored options, or from the defaults when the node is new. */
  readonly options?: Partial<StoredNodeOptions>;
  /**
   * Program and arguments of the child, which calls {@link RunNode} with `background: true`:
   * `[process.execPath, ...process.execArgv, process.argv[1], "node", "run", name]`. Options do not travel here, where
   * other users see them, but over the channel between parent and child.
   */
  readonly command: readonly string[];
  /** ms; 30,000 by default. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Options of `runNode`. */
export interface RunNodeOptions {
  readonly state: State;
  readonly name: string;
  readonly identity?: string;
  readonly options?: Partial<StoredNodeOptions>;
  /** A child of `startBackgroundNode`: logs to the node's folder and tells the parent when it is ready, or why not. */
  readonly background?: boolean;
  /** Do not look whether the node runs already (containers, where the pid is always 1). */
  readonly skipIsRunningCheck?: boolean;
  /** Ends when standard input does. */
  readonly exitOnEof?: boolean;
  /** Ends when aborted; so do SIGINT, SIGTERM and SIGHUP. */
  readonly signal?: AbortSignal;
  /** Called once, when the node is up. */
  readonly onReady?: () => void;
}

/** The shape of `runNode`: resolves when the node has ended in an orderly way. */
export type RunNode = (options: RunNodeOptions) => Promise<void>;

/** Options of `stopNode`. */
export interface StopNodeOptions {
  readonly state: State;
  readonly name: string;
  /** Called after 2 s when the node takes its time. */
  readonly onSlow?: () => void;
}

/**
 * The shape of `startBackgroundNode`: resolves when the node is up.
 * @throws OckamError OCKAM_NODE_ALREADY_RUNNING, OCKAM_NODE_INVALID_NAME, and whatever the child failed with
 */
export type StartBackgroundNode = (options: StartBackgroundNodeOptions) => Promise<NodeRecord>;

/**
 * The shape of `stopNode`: SIGTERM, and SIGKILL after 5 s. Resolves with the way it ended.
 * @throws OckamError OCKAM_NODE_UNKNOWN_NODE
 */
export type StopNode = (options: StopNodeOptions) => Promise<"stopped" | "killed" | "was-not-running">;

/**
 * The shape of `resetState`: stops all nodes and deletes everything in `home` but `application_database.sqlite3`,
 * `bin` and `env`. Also of use when the database is damaged.
 */
export type ResetState = (options?: { readonly home?: string }) => Promise<void>;
