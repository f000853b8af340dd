export { openState } from "./sqlite-state.ts";
export { NodeClient } from "./node-client.ts";
export { startBackgroundNode } from "./start-background-node.ts";
export { stopNode } from "./stop-node.ts";
export { resetState } from "./reset-state.ts";
export type * from "./control-api.ts";
export type * from "./node-lifecycle.ts";
export type * from "./state.ts";
