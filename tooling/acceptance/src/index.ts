import type { Row, RowNeed } from "./row.ts";
import { CREDENTIAL_ROWS } from "./rows/credential.ts";
import { HOSTED_ROWS } from "./rows/hosted.ts";
import { HOSTING_ROWS } from "./rows/hosting.ts";
import { CONFIGURATION_ROWS } from "./rows/configuration.ts";
import { AUTHORITY_ROWS } from "./rows/authority.ts";
import { IDENTITY_ROWS } from "./rows/identity.ts";
import { JSON_ROWS } from "./rows/json.ts";
import { KAFKA_BROKER_ROWS } from "./rows/kafka-broker.ts";
import { KAFKA_ROWS } from "./rows/kafka.ts";
import { MESSAGE_ROWS } from "./rows/message.ts";
import { NODE_ROWS } from "./rows/node.ts";
import { POLICY_ROWS } from "./rows/policy.ts";
import { PORTAL_ROWS } from "./rows/portal.ts";
import { PROJECT_ROWS } from "./rows/project.ts";
import { RELAY_ROWS } from "./rows/relay.ts";
import { RESET_ROWS } from "./rows/reset.ts";
import { SECURE_CHANNEL_ROWS } from "./rows/secure-channel.ts";
import { STATUS_ROWS } from "./rows/status.ts";
import { TCP_ROWS } from "./rows/tcp.ts";
import { USE_CASE_ROWS } from "./rows/use-case.ts";
import { VAULT_ROWS } from "./rows/vault.ts";
import type { Implementation } from "./scene.ts";
import { TABLE_IDS } from "./table.ts";

export { runRow } from "./row.ts";
export type { Row, RowNeed } from "./row.ts";
export type { Implementation, Ockam } from "./scene.ts";

/** All rows, in order: those of the table, and those of our own that go beyond it. */
export const ROWS: readonly Row[] = [
  ...IDENTITY_ROWS,
  ...VAULT_ROWS,
  ...MESSAGE_ROWS,
  ...JSON_ROWS,
  ...NODE_ROWS,
  ...CONFIGURATION_ROWS,
  ...PORTAL_ROWS,
  ...POLICY_ROWS,
  ...RELAY_ROWS,
  ...SECURE_CHANNEL_ROWS,
  ...TCP_ROWS,
  ...AUTHORITY_ROWS,
  ...PROJECT_ROWS,
  ...HOSTING_ROWS,
  ...RESET_ROWS,
  ...CREDENTIAL_ROWS,
  ...USE_CASE_ROWS,
  ...HOSTED_ROWS,
  ...STATUS_ROWS,
  ...KAFKA_ROWS,
  ...KAFKA_BROKER_ROWS,
];

/**
 * The rows that an implementation can run: each with {@link runRow}, several at a time if you like. Those alone that
 * need the same, by default nothing.
 */
export function rowsFor(implementation: Implementation, needs?: RowNeed): readonly Row[] {
  return ROWS.filter((row) => row.needs === needs && (row.only === undefined || row.only === implementation));
}

/** Whether the row is one of the table, not of our own. */
export function isOfTable({ id }: Row): boolean {
  return TABLE_IDS.includes(id);
}
