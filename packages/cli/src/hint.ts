import type { OckamError } from "@ockam/codec";

/** What to type next after an error, one sentence; undefined when its message says it all. */
export function hintOf(error: OckamError): string | undefined {
  const { hint } = error.details;
  return typeof hint === "string" ? hint : HINTS[error.code];
}

const HINTS: Readonly<Record<string, string>> = {
  OCKAM_NODE_UNKNOWN_NODE: "'ockam node list' shows the nodes, 'ockam node create NAME' makes one",
  OCKAM_NODE_NOT_RUNNING: "'ockam node start NAME' starts it, 'ockam node logs NAME' shows where it logs",
  OCKAM_NODE_ALREADY_RUNNING: "'ockam node show NAME' shows it, 'ockam node stop NAME' stops it",
  OCKAM_IDENTITY_INVALID_IDENTIFIER: "'ockam identity show NAME' prints the identifier of an identity",
  OCKAM_NODE_IDENTITY_NOT_FOUND: "'ockam identity list' shows the identities",
  OCKAM_NODE_IDENTITY_IN_USE: "delete the nodes that use it first: 'ockam node delete NAME --yes'",
  OCKAM_NODE_VAULT_NOT_FOUND: "'ockam vault list' shows the vaults",
  OCKAM_NODE_VAULT_IN_USE: "delete the identities in it first: 'ockam identity delete NAME --yes'",
  OCKAM_NODE_TCP_OUTLET_NOT_FOUND: "'ockam tcp-outlet list --at NODE' shows the outlets of a node",
  OCKAM_NODE_TCP_INLET_NOT_FOUND: "'ockam tcp-inlet list --at NODE' shows the inlets of a node",
  OCKAM_NODE_TCP_INLET_EXISTS: "give another name, or delete the inlet first: 'ockam tcp-inlet delete NAME'",
  OCKAM_NODE_KAFKA_OUTLET_NOT_FOUND: "'ockam kafka-outlet list --at NODE' shows the Kafka outlets of a node",
  OCKAM_NODE_KAFKA_OUTLET_EXISTS:
    "give another name and another --prefix, or delete it first: 'ockam kafka-outlet delete NAME'",
  OCKAM_NODE_KAFKA_INLET_NOT_FOUND: "'ockam kafka-inlet list --at NODE' shows the Kafka inlets of a node",
  OCKAM_NODE_KAFKA_INLET_EXISTS:
    "give another name, or delete the inlet first: 'ockam kafka-inlet delete NAME'",
  OCKAM_NODE_INVALID_KAFKA_FIELD:
    "give --encrypted-field NAME, or a path like $.order.card, $.items[*].price, $['a name']",
  OCKAM_NODE_INVALID_TLS:
    "check that the files are PEM, and that the key is that of the first certificate: --tls-certificate, --tls-key",
  OCKAM_NODE_RELAY_NOT_FOUND: "'ockam relay list --to NODE' shows the relays of a node",
  OCKAM_NODE_RELAY_EXISTS: "give another name, or delete the relay first: 'ockam relay delete NAME'",
  OCKAM_NODE_RELAY_REFUSED:
    "if the name is somebody else's: give another --relay-address, or use the identity that has it: " +
    "--at /dnsaddr/HOST/tcp/PORT/secure/api; if it was not granted: an enroller does that, by " +
    "'ockam project-member add IDENTIFIER --relay NAME' or with a ticket",
  OCKAM_NODE_TCP_CONNECTION_NOT_FOUND:
    "'ockam tcp-connection list --at NODE' shows the connections of a node",
  OCKAM_NODE_TCP_LISTENER_NOT_FOUND: "'ockam tcp-listener list --at NODE' shows the listeners of a node",
  OCKAM_NODE_SECURE_CHANNEL_NOT_FOUND: "'ockam secure-channel list --at NODE' shows the channels of a node",
  OCKAM_NODE_SECURE_CHANNEL_LISTENER_NOT_FOUND:
    "'ockam secure-channel-listener list --at NODE' shows the listeners of a node",
  OCKAM_NODE_ADDRESS_IN_USE: "give another address: 'ockam worker list --at NODE' shows those in use",
  OCKAM_NODE_PORT_IN_USE: "give another port, or port 0 for any free one",
  OCKAM_NODE_DNS_FAILED: "check the host name in the route",
  OCKAM_NODE_CONNECT_FAILED: "check that the node at that hop runs and listens there: 'ockam node show NAME'",
  OCKAM_NODE_HANDSHAKE_FAILED: "check that a secure channel listener is at that address, e.g. /service/api",
  OCKAM_NODE_PEER_NOT_TRUSTED: "compare --authorized with the peer's 'ockam identity show NAME'",
  OCKAM_NODE_UNANSWERED:
    "check the last address of the route: 'ockam worker list --at NODE' shows what is there",
  OCKAM_NODE_PROJECT_NOT_FOUND: "'ockam project list' shows the projects, 'ockam project enroll' brings one",
  OCKAM_NODE_PROJECT_EXISTS: "'ockam project delete NAME' forgets a project",
  OCKAM_NODE_NO_CREDENTIAL:
    "check that the authority runs and can be reached, and that this identity is a member: 'ockam node show'",
  OCKAM_NODE_INVALID_TRUST:
    "the authority prints its change history: 'ockam identity show NAME --full --encoding hex'",
  OCKAM_NODE_INVALID_HTTP_HEADER: "give --http-header NAME:VALUE, each name once",
  OCKAM_NODE_INVALID_ROUTE: "a route looks like /node/n1/secure/api/service/outlet",
};
