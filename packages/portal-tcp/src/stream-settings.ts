import type { Log, OckamError } from "@ockam/codec";
import type { AccessControl, Router } from "@ockam/core-routing";

import type { PortalConnection } from "./portal-connection.ts";
import type { WindowBudget } from "./receive-window.ts";
import type { RouteWatch } from "./route-watch.ts";

/** What all streams of one inlet or outlet share. */
export interface StreamSettings {
  readonly router: Router;
  readonly incoming: AccessControl | undefined;
  readonly outgoing: AccessControl | undefined;
  /** Whether Payloads carry the counter, on which stream control builds. */
  readonly counted: boolean;
  /** How long streams without credit wait for answers after the application's end, in milliseconds; 0 for not. */
  readonly linger: number;
  readonly budget: WindowBudget;
  /** How many streams wait for a late Pong. */
  readonly latePongs: { count: number };
  readonly watch: RouteWatch;
  readonly log: Log;
  /** A stream is over, with its failure if it had one. */
  onClosed(stream: PortalConnection, failure: OckamError | undefined): void;
}
