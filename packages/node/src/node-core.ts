import type { Log } from "@ockam/codec";
import type { Router, Transport } from "@ockam/core-routing";

import type { Exposure } from "./exposure.ts";
import type { HopDirectory } from "./routes/hop-directory.ts";
import type { Policies } from "./policies/policies.ts";
import type { LogDial } from "./process/log-level.ts";
import type { Resources } from "./state/resource-registry.ts";
import type { SqliteState } from "./state/sqlite-state.ts";
import type { NodeTrust } from "./trust/node-trust.ts";

/** What the parts of one node stand on. */
export interface NodeGround {
  readonly name: string;
  readonly identityName: string;
  readonly state: SqliteState;
  readonly resources: Resources;
  readonly router: Router;
  readonly transport: Transport;
  readonly exposure: Exposure;
  readonly hops: HopDirectory;
  readonly log: Log;
  /** Sets how much of {@link log} is kept; undefined for a log whose owner decides. */
  readonly logDial: LogDial | undefined;
}

/** What the parts of one node share. */
export interface NodeCore extends NodeGround {
  readonly trust: NodeTrust;
  readonly policies: Policies;
}
