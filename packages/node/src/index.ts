export { openState } from "./sqlite-state.ts";
export { createNode } from "./create-node.ts";
export { OckamNode } from "./ockam-node.ts";
export type { CreateNodeOptions } from "./node-options.ts";
export { runNode } from "./run-node.ts";
export { NodeClient } from "./node-client.ts";
export { startBackgroundNode } from "./start-background-node.ts";
export { stopNode } from "./stop-node.ts";
export { resetState } from "./reset-state.ts";
export type { NodeErrorCode, NodeErrorName } from "./node-error.ts";
export { DATABASE_BUSY_TIMEOUT } from "./database.ts";
export { MAX_NAME_LENGTH } from "./name.ts";
export { CONTROL_TIMEOUT, MAX_CONTROL_REPLY_LENGTH } from "./node-client.ts";
export { MAX_CONTROL_CALL_LENGTH } from "./control-server.ts";
export { MAX_STATUS_CONNECTIONS, STATUS_REQUEST_TIMEOUT } from "./status-endpoint.ts";
export { START_TIMEOUT } from "./start-background-node.ts";
export { STOP_TIMEOUT } from "./stop-node.ts";
export { CHANNEL_MOVE_TIME } from "./channel-lifetime.ts";
export { MAX_RELAY_LINKS, MAX_RELAY_LINKS_PER_WAY } from "./relay-links.ts";
export { MAX_RELAY_NAME_LENGTH } from "./relay-registration.ts";
export { MAX_RELAYS, MAX_RELAYS_PER_PEER } from "./relay-service.ts";
export { OPENING_PATIENCE } from "./inlet-session.ts";
export {
  PING_INTERVAL,
  PING_TIMEOUT,
  ROUND_TRIPS,
  SUSPICION_INTERVAL,
  SUSPICION_PINGS,
} from "./path-monitor.ts";
export {
  ATTEMPT_TIMEOUT,
  MAX_RETRY_DELAY,
  MIN_RETRY_DELAY,
  RETIREMENT,
  RETRY_JITTER,
  STABLE_AFTER,
} from "./session.ts";
export type * from "./control-api.ts";
export type * from "./node-lifecycle.ts";
export type * from "./node-status.ts";
export type * from "./state.ts";
