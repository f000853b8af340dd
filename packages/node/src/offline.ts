/**
 * What commands need of the state and of nodes without the code of a node itself, so that they start fast:
 * `@ockam/node/state`.
 */
export { openState } from "./sqlite-state.ts";
export { startBackgroundNode } from "./start-background-node.ts";
export { stopNode } from "./stop-node.ts";
export { resetState } from "./reset-state.ts";
export { homeFolder, nodeFolder } from "./home-folder.ts";
export { newestLogFile } from "./log-file.ts";
export { expectName, isName } from "./name.ts";
export { randomName } from "./random-name.ts";
export type * from "./node-lifecycle.ts";
export type * from "./state.ts";
