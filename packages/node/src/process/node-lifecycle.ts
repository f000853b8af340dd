import type { Log } from "@ockam/codec";

import type { ApiListenerOptions } from "../node-options.ts";
import type { OckamNode } from "../ockam-node.ts";
import type { State, StoredNodeOptions } from "../state/state.ts";

/** What a node is started with, and keeps. */
export interface NodeStartOptions extends Partial<StoredNodeOptions> {
  /** What its listener `api` is from now on. */
  readonly apiListener?: ApiListenerOptions;
}

/** How to start a node in a process of its own. */
export interface StartBackgroundNodeOptions {
  readonly state: State;
  readonly name: string;
  /** Name of its identity, created when missing. The stored one, else the default one. */
  readonly identity?: string;
  /** What differs from the stored options, or from the defaults when the node is new. */
  readonly options?: NodeStartOptions;
  /**
   * Program and arguments of the child, which calls `runNode` with `background: true`:
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
  readonly options?: NodeStartOptions;
  /** A child of `startBackgroundNode`: logs to the node's folder and tells the parent when it is ready, or why not. */
  readonly background?: boolean;
  /** Do not look whether the node runs already (containers, where the pid is always 1). */
  readonly skipIsRunningCheck?: boolean;
  /** Ends when standard input does. */
  readonly exitOnEof?: boolean;
  /** Ends when aborted; so do SIGINT, SIGTERM and SIGHUP. */
  readonly signal?: AbortSignal;
  /** Where to log; a node in the background has a file of its own. */
  readonly log?: Log;
  /** Called once, when the node is up. */
  readonly onReady?: (node: OckamNode) => void;
}

/** Options of `stopNode`. */
export interface StopNodeOptions {
  readonly state: State;
  readonly name: string;
  /** After how long SIGKILL follows, ms; 5,000 by default. */
  readonly timeout?: number;
  /** Called after 2 s when the node takes its time. */
  readonly onSlow?: () => void;
  /** Ends the wait for the node. It was asked to end, and will. */
  readonly signal?: AbortSignal;
}
