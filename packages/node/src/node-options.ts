import type { Log } from "@ockam/codec";
import type { Transport } from "@ockam/core-routing";

import type { AuthoritySettings } from "./authority/authority-settings.ts";
import type { State } from "./state/state.ts";
import type { LogDial } from "./process/log-level.ts";
import type { TrustOptions } from "./trust/trust-options.ts";

/** What the secure channel listener `api` of a node is. */
export interface ApiListenerOptions {
  /** Who may connect; anyone when absent or empty. */
  readonly authorized?: readonly string[];
  /** Name of the identity that it shows; the node's own by default. */
  readonly identity?: string;
}

/** Options of `createNode`. All have defaults. */
export interface CreateNodeOptions {
  /** Random by default. */
  readonly name?: string;
  /** Where the node keeps what it has. By default in memory: nothing of it survives. */
  readonly state?: State;
  /** Name of its identity, created when missing: the one it had, else the default one. */
  readonly identity?: string;
  /** `host:port` of the TCP listener; `off` for none. The one it had, else `127.0.0.1:0`. */
  readonly tcpListenerAddress?: string;
  /** `off` (the default), `auto`, or `ip:port`. */
  readonly statusEndpoint?: string;
  /** Makes it an authority's node, with no other services than that of an authority. */
  readonly authority?: AuthoritySettings;
  /** The id of the project whose relays it hosts: `api` is reached through a worker of that name, too. */
  readonly hostedProject?: string;
  /** Whom it believes what is said about others; what it had, else the authority of the default project if there is one. */
  readonly trust?: TrustOptions;
  /** What its listener `api` is from now on; what it was, else open to everybody. */
  readonly apiListener?: ApiListenerOptions;
  /** Serve `NodeClient`s of the same user; false by default. Needs a state in a folder. */
  readonly control?: boolean;
  /**
   * Only use the state: its identities, and where its nodes are. The node is in no list, listens nowhere, offers no
   * services, and nothing of it is kept. For a program that sends a message and ends. False by default.
   */
  readonly ephemeral?: boolean;
  /** Do not look whether the node runs already. */
  readonly skipIsRunningCheck?: boolean;
  /** How it reaches other nodes; TCP by default. */
  readonly transport?: Transport;
  readonly log?: Log;
  /** Sets how much of {@link log} is kept, for `node.set-log-level`. */
  readonly logDial?: LogDial;
}
