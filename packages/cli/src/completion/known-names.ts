import type { ControlMethod, ControlParams, ControlResult, NodeRecord, State } from "@ockam/node";

import { parseServiceReference } from "../service-reference.ts";
import { RESOURCE_TYPES } from "../resource-types.ts";
import type { Candidate } from "./candidate.ts";

/** How long a running node has to answer while somebody waits for a completion, ms. */
export const LIVE_TIMEOUT = 300;

/** The methods without parameters that tell what a node has. */
type ListMethod = {
  [M in ControlMethod]: ControlParams<M> extends Readonly<Record<string, never>> ? M : never;
}[ControlMethod];

/** What names are looked up in. */
export interface Surroundings {
  /** The state of the user, to look at; undefined when there is none. */
  readonly state: State | undefined;
  /** The node that the command is about; the default node when undefined. */
  readonly node: string | undefined;
}

/** Looks names up. */
export type NameSource = (around: Surroundings) => readonly Candidate[] | Promise<readonly Candidate[]>;

/** All nodes. */
export const nodes: NameSource = ({ state }) => (state?.nodes.list() ?? []).map(describeNode);

/** Nodes that can be started. */
export const stoppedNodes: NameSource = ({ state }) =>
  (state?.nodes.list() ?? []).filter(({ status }) => status !== "running").map(describeNode);

/** Nodes that can be stopped. */
export const runningNodes: NameSource = ({ state }) =>
  (state?.nodes.list() ?? []).filter(({ status }) => status === "running").map(describeNode);

/** Names of own identities. */
export const identities: NameSource = ({ state }) =>
  (state?.identities.list() ?? []).map(({ identifier, isDefault, name }) => ({
    value: name,
    description: `${identifier.toString().slice(0, 9)}…${isDefault ? ", the default" : ""}`,
  }));

/** Identifiers of own identities. */
export const identifiers: NameSource = ({ state }) =>
  (state?.identities.list() ?? []).map(({ identifier, name }) => ({
    value: identifier.toString(),
    description: name,
  }));

/** Vaults. */
export const vaults: NameSource = ({ state }) =>
  (state?.vaults.list() ?? []).map(({ isDefault, name, path }) => ({
    value: name,
    description: `${path ?? "in the main database"}${isDefault ? ", the default" : ""}`,
  }));

/** Projects. */
export const projects: NameSource = ({ state }) =>
  (state?.projects.list() ?? []).map(({ isDefault, name }) => ({
    value: name,
    description: isDefault ? "the default project" : "project",
  }));

/** Types of what policies are for. */
export const resourceTypes: NameSource = () =>
  RESOURCE_TYPES.map((value) => ({ value, description: "all of this type" }));

/** Those, and the names that have a policy of their own. */
export const policies: NameSource = async (around) => [
  ...(await resourceTypes(around)),
  ...(await ask(around, "policy.list"))
    .filter(({ resource }) => !RESOURCE_TYPES.includes(resource))
    .map(({ expression, resource }) => ({ value: resource, description: expression })),
];

/** TCP inlets of the node. */
export const tcpInlets: NameSource = async (around) =>
  (await ask(around, "tcp-inlet.list")).map((inlet) => ({
    value: inlet.alias,
    description: `${inlet.bind_addr} → ${inlet.outlet_addr}`,
  }));

/** TCP outlets of the node. */
export const tcpOutlets: NameSource = async (around) =>
  (await ask(around, "tcp-outlet.list")).map((outlet) => ({
    value: parseServiceReference(outlet.address),
    description: `→ ${outlet.to}`,
  }));

/** Kafka inlets of the node. */
export const kafkaInlets: NameSource = async (around) =>
  (await ask(around, "kafka-inlet.list")).map((inlet) => ({
    value: inlet.name,
    description: `${inlet.from} → ${inlet.to}`,
  }));

/** Kafka outlets of the node. */
export const kafkaOutlets: NameSource = async (around) =>
  (await ask(around, "kafka-outlet.list")).map((outlet) => ({
    value: outlet.name,
    description: `→ ${outlet.bootstrap_server}`,
  }));

/** Relays that the node has. */
export const relays: NameSource = async (around) =>
  (await ask(around, "relay.list")).map((relay) => ({
    value: relay.name,
    description: `at ${relay.destination_address}`,
  }));

/** Secure channels that the node has. */
export const secureChannels: NameSource = async (around) =>
  (await ask(around, "secure-channel.list")).map((channel) => ({
    value: channel.address,
    description: channel.to ?? `from ${channel.their_identifier.slice(0, 9)}…`,
  }));

/** Secure channel listeners of the node. */
export const secureChannelListeners: NameSource = async (around) =>
  (await ask(around, "secure-channel-listener.list")).map((listener) => ({
    value: parseServiceReference(listener.service),
    description: "secure channel listener",
  }));

/** TCP connections that the node has. */
export const tcpConnections: NameSource = async (around) =>
  (await ask(around, "tcp-connection.list")).map((connection) => ({
    value: connection.socket_addr,
    description: connection.mode === "Outgoing" ? "opened by the node" : "opened by the peer",
  }));

/** TCP listeners of the node. */
export const tcpListeners: NameSource = async (around) =>
  (await ask(around, "tcp-listener.list")).map((listener) => ({
    value: listener.socket_addr,
    description: "TCP listener",
  }));

/** What can be reached at `/service/…` of the node: services, outlets and relays to others. */
export const services: NameSource = async (around) => {
  const [found, outlets] = await Promise.all([ask(around, "service.list"), tcpOutlets(around)]);
  return [...found.map(({ addr, type }) => ({ value: addr, description: type })), ...outlets];
};

function describeNode({ isDefault, name, status }: NodeRecord): Candidate {
  return { value: name, description: `${status}${isDefault ? ", the default" : ""}` };
}

/** What the node answers; nothing when it does not run, or not answer in time. */
async function ask<M extends ListMethod>(
  { node, state }: Surroundings,
  method: M,
): Promise<ControlResult<M> | readonly never[]> {
  const record = node === undefined ? state?.nodes.findDefault() : state?.nodes.find(node);
  if (state === undefined || record?.status !== "running") return [];
  const { NodeClient } = await import("@ockam/node/client");
  try {
    const params = {} as ControlParams<M>;
    return await new NodeClient(state, record.name).call(method, params, { timeout: LIVE_TIMEOUT });
  } catch {
    return [];
  }
}
