import { OckamError } from "@ockam/codec";
import type { ErrorDetails } from "@ockam/codec";

/**
 * What can go wrong with a node and its state, always prefixed by `OCKAM_NODE_`:
 *
 * - `…_NOT_FOUND`, `UNKNOWN_NODE`: nothing has that name.
 * - `…_EXISTS`, `ADDRESS_IN_USE`, `PORT_IN_USE`: something has it already.
 * - `…_IN_USE`, `STILL_RUNNING`, `VAULT_NOT_MOVABLE`: it cannot be taken away now.
 * - `ALREADY_DEFAULT`, `ALREADY_RUNNING`, `NOT_RUNNING`: the state of things is another one.
 * - `LOG_LEVEL_FIXED`: the node logs as much as its command line says.
 * - `OTHER_KIND`: the node has another purpose: an authority's has no portals, and another node cannot become one.
 * - `INVALID_NAME`, `INVALID_ROUTE`, `INVALID_ADDRESS`, `INVALID_HTTP_HEADER`, `INVALID_KAFKA_FIELD`, `INVALID_PARAMETERS`, `INVALID_POLICY`, `INVALID_TLS`, `INVALID_TRUST`: what was asked for makes no sense.
 * - `DNS_FAILED`, `CONNECT_FAILED`, `HANDSHAKE_FAILED`, `PEER_NOT_TRUSTED`, `REFUSED_BY_PEER`, `UNANSWERED`: the hop of a route that
 *   failed, and how.
 * - `NO_CREDENTIAL`, `CREDENTIAL_REVOKED`: there is no own credential to present; that of a peer is void.
 * - `UNPROTECTED`: what was asked for would open the node to strangers.
 * - `RELAY_REFUSED`: the node that was to host the relay said no, and why.
 * - `STATE_DAMAGED`, `STATE_FOREIGN`, `STATE_TOO_NEW`, `STATE_BUSY`, `STATE_UNAVAILABLE`, `DISK_FULL`, `FILE_UNAVAILABLE`: the state folder, or a file of it, cannot be used.
 * - `START_FAILED`, `START_TIMEOUT`: a background node did not come up.
 * - `CONTROL_FAILED`, `CONTROL_TIMEOUT`, `UNKNOWN_METHOD`: a call to a running node did not work.
 * - `CLOSED`: the node, or the thing asked for, was closed meanwhile.
 */
export type NodeErrorName =
  | "ADDRESS_IN_USE"
  | "ALREADY_DEFAULT"
  | "ALREADY_RUNNING"
  | "CLOSED"
  | "CONNECT_FAILED"
  | "CONTROL_FAILED"
  | "CONTROL_TIMEOUT"
  | "CREDENTIAL_REVOKED"
  | "DISK_FULL"
  | "DNS_FAILED"
  | "FILE_EXISTS"
  | "FILE_UNAVAILABLE"
  | "HANDSHAKE_FAILED"
  | "IDENTITY_EXISTS"
  | "IDENTITY_IN_USE"
  | "IDENTITY_NOT_FOUND"
  | "INVALID_ADDRESS"
  | "INVALID_HTTP_HEADER"
  | "INVALID_KAFKA_FIELD"
  | "INVALID_NAME"
  | "INVALID_PARAMETERS"
  | "INVALID_POLICY"
  | "INVALID_ROUTE"
  | "INVALID_TLS"
  | "INVALID_TRUST"
  | "KAFKA_INLET_EXISTS"
  | "KAFKA_INLET_NOT_FOUND"
  | "KAFKA_OUTLET_EXISTS"
  | "KAFKA_OUTLET_NOT_FOUND"
  | "LOG_LEVEL_FIXED"
  | "NO_CREDENTIAL"
  | "NOT_RUNNING"
  | "OTHER_KIND"
  | "PEER_NOT_TRUSTED"
  | "POLICY_NOT_FOUND"
  | "PORT_IN_USE"
  | "PROJECT_EXISTS"
  | "PROJECT_NOT_FOUND"
  | "REFUSED_BY_PEER"
  | "RELAY_EXISTS"
  | "RELAY_NOT_FOUND"
  | "RELAY_REFUSED"
  | "SECURE_CHANNEL_LISTENER_NOT_FOUND"
  | "SECURE_CHANNEL_NOT_FOUND"
  | "START_FAILED"
  | "START_TIMEOUT"
  | "STATE_BUSY"
  | "STATE_DAMAGED"
  | "STATE_FOREIGN"
  | "STATE_TOO_NEW"
  | "STATE_UNAVAILABLE"
  | "STILL_RUNNING"
  | "TCP_CONNECTION_NOT_FOUND"
  | "TCP_INLET_EXISTS"
  | "TCP_INLET_NOT_FOUND"
  | "TCP_LISTENER_NOT_FOUND"
  | "TCP_OUTLET_NOT_FOUND"
  | "UNANSWERED"
  | "UNKNOWN_METHOD"
  | "UNKNOWN_NODE"
  | "UNPROTECTED"
  | "VAULT_EXISTS"
  | "VAULT_IN_USE"
  | "VAULT_NOT_FOUND"
  | "VAULT_NOT_MOVABLE";

/** The code of an error of this package. */
export type NodeErrorCode = `OCKAM_NODE_${NodeErrorName}`;

/** An {@link OckamError} of this package. */
export function nodeError(
  name: NodeErrorName,
  message: string,
  options: { cause?: unknown; details?: ErrorDetails } = {},
): OckamError {
  const code: NodeErrorCode = `OCKAM_NODE_${name}`;
  return new OckamError(code, message, options);
}
