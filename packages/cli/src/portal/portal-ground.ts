import type { State } from "@ockam/node";

import type { StartNode } from "../node-access.ts";
import type { Terminal } from "../terminal.ts";

/** What `ockam portal` works with. */
export interface PortalGround {
  readonly state: State;
  readonly terminal: Terminal;
  readonly start: StartNode;
}
