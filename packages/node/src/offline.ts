/**
 * What commands need of the state and of nodes without the code of a node itself, so that they start fast:
 * `@ockam/node/state`.
 */
export { openState, peekState } from "./state/sqlite-state.ts";
export { startBackgroundNode } from "./process/start-background-node.ts";
export { stopNode } from "./process/stop-node.ts";
export { resetScope, resetState } from "./process/reset-state.ts";
export type { ResetOptions, ResetScope } from "./process/reset-state.ts";
export { homeFolder, nodeFolder } from "./state/home-folder.ts";
export { newestLogFile, nextLogFile, previousLogFile } from "./process/log-file.ts";
export { LOG_THRESHOLDS } from "./process/log-level.ts";
export type { LogThreshold } from "./process/log-level.ts";
export { expectName, isName } from "./state/name.ts";
export { randomName } from "./state/random-name.ts";
export type * from "./process/node-lifecycle.ts";
export { authorityRouteFromHere } from "./projects/way-from-here.ts";
export { memberScope } from "./projects/project-registry.ts";
export type { NamedProject, Projects } from "./projects/project-registry.ts";
export type * from "./state/state.ts";
export type { CredentialKey, Credentials, StoredCredential } from "./trust/credential-registry.ts";
