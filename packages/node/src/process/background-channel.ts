import type { ControlError } from "../control/control-api.ts";
import type { NodeStartOptions } from "./node-lifecycle.ts";

/** What a parent tells the process of a background node, first thing. */
export interface StartOrder {
  readonly identity?: string;
  readonly options?: NodeStartOptions;
}

/** What the process of a background node tells its parent, once. */
export type StartOutcome = { readonly ready: true } | ControlError;

/** The environment variable that tells the process of a background node that a parent waits. */
export const START_ORDER_AWAITED = "OCKAM_NODE_START_ORDER_AWAITED";

/** How long the process of a background node waits for its {@link StartOrder}, ms. */
export const START_ORDER_TIMEOUT = 10_000;
