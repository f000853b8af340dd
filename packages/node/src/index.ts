export { openState } from "./state/sqlite-state.ts";
export { createNode } from "./create-node.ts";
export { OckamNode } from "./ockam-node.ts";
export type { CreateNodeOptions } from "./node-options.ts";
export { runNode } from "./process/run-node.ts";
export { NodeClient } from "./control/node-client.ts";
export { startBackgroundNode } from "./process/start-background-node.ts";
export { stopNode } from "./process/stop-node.ts";
export { resetScope, resetState } from "./process/reset-state.ts";
export type { ResetOptions, ResetScope } from "./process/reset-state.ts";
export type { NodeErrorCode, NodeErrorName } from "./node-error.ts";
export { DATABASE_BUSY_TIMEOUT } from "./state/database.ts";
export { MAX_RESOURCE_NAME_LENGTH, MAX_RESOURCE_POLICIES } from "./policies/policies.ts";
export { MAX_NAME_LENGTH } from "./state/name.ts";
export { CONTROL_TIMEOUT, MAX_CONTROL_REPLY_LENGTH } from "./control/node-client.ts";
export { MAX_CONTROL_CALL_LENGTH } from "./control/control-server.ts";
export { MAX_STATUS_CONNECTIONS, STATUS_REQUEST_TIMEOUT } from "./status/status-endpoint.ts";
export { START_TIMEOUT } from "./process/start-background-node.ts";
export { STOP_TIMEOUT } from "./process/stop-node.ts";
export { CHANNEL_MOVE_TIME } from "./routes/channel-lifetime.ts";
export { MAX_RELAY_LINKS, MAX_RELAY_LINKS_PER_WAY } from "./relays/relay-links.ts";
export { MAX_RELAY_NAME_LENGTH } from "./relays/relay-registration.ts";
export { MAX_RELAYS, MAX_RELAYS_PER_PEER } from "./relays/relay-service.ts";
export { AGREEMENT_TIMEOUT } from "./kafka/consumer-agreement.ts";
export { MAX_CONSUMER_LINKS } from "./kafka/consumer-links.ts";
export { HOLDER_RELAY_PATIENCE } from "./kafka/inlet-encryption.ts";
export { MAX_PUBLISHED_RELAYS } from "./kafka/published-relays.ts";
export { MAX_REGISTRATION_PAUSE, MIN_REGISTRATION_PAUSE } from "./kafka/relay-bundle.ts";
export { OPENING_PATIENCE } from "./portals/portal-way.ts";
export {
  MAX_OUTSTANDING_PINGS,
  PING_INTERVAL,
  PING_TIMEOUT,
  ROUND_TRIPS,
  SUSPICION_INTERVAL,
  SUSPICION_PINGS,
} from "./sessions/path-monitor.ts";
export {
  ATTEMPT_PATIENCE,
  ATTEMPT_TIMEOUT,
  EARLY_ATTEMPTS,
  LATE_ATTEMPT_PATIENCE,
  MAX_RETRY_DELAY,
  MIN_RETRY_DELAY,
  RETIREMENT,
  RETRY_JITTER,
  STABLE_AFTER,
} from "./sessions/session.ts";
export type * from "./authority/authority-settings.ts";
export type * from "./control/control-api.ts";
export type { LogDial, LogThreshold } from "./process/log-level.ts";
export type * from "./process/node-lifecycle.ts";
export type * from "./status/node-status.ts";
export type { NamedProject, Projects } from "./projects/project-registry.ts";
export type * from "./state/state.ts";
export type { CredentialKey, Credentials, StoredCredential } from "./trust/credential-registry.ts";
export type * from "./trust/trust-options.ts";
export type { AuthorityConnection, AuthorityConnectionOptions } from "./trust/authority-connection.ts";
export {
  EARLIEST_RENEWAL,
  FETCH_PAUSE_PART,
  FETCH_TIMEOUT,
  LATEST_RENEWAL,
  MAX_FETCH_PAUSE,
  MAX_FETCH_PAUSE_WITHOUT,
  MAX_RENEWAL_INTERVAL,
  MIN_FETCH_PAUSE,
  MIN_RENEWAL_INTERVAL,
} from "./trust/remote-credential.ts";
export { NEWS_PAUSE, NEWS_TIMEOUT } from "./trust/authority-link.ts";
export { STORED_CREDENTIAL_INTERVAL } from "./trust/cached-credential.ts";
export { MAX_LOOK_INTERVAL } from "./trust/lapse-watch.ts";
export { REFRESH_ATTEMPTS, REFRESH_PAUSE, REFRESH_SPREAD, REFRESH_SPREAD_PART } from "./trust/membership.ts";
export { REQUIRED_WAIT, UNREQUIRED_WAIT } from "./trust/node-trust.ts";
