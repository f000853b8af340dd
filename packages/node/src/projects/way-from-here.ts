import { MultiAddr } from "@ockam/core-routing";

import type { NodeRecord, NodeRecords } from "../state/state.ts";
import { listenerOf } from "../routes/listener-of.ts";

/** Where a project says that it is. */
export interface ProjectPlaces {
  readonly id: string;
  /** A multiaddress that begins with a host and a TCP port. */
  readonly accessRoute: string;
  /** The same, of its authority. */
  readonly authorityRoute: string;
}

/** The nodes of this machine. */
export type NodesHere = Pick<NodeRecords, "get" | "list">;

/**
 * The route to a project's node from this machine. To one that is hosted here it leads through the loopback: a router
 * need not let a machine reach itself by its public address.
 */
export function accessRouteFromHere({ accessRoute, id }: ProjectPlaces, nodes: NodesHere): string {
  return fromHere(accessRoute, nodes, ({ options }) => options.hostedProject === id);
}

/** The same for its authority. */
export function authorityRouteFromHere(
  { authorityRoute, id }: Omit<ProjectPlaces, "accessRoute">,
  nodes: NodesHere,
): string {
  return fromHere(authorityRoute, nodes, ({ options }) => options.authority?.projectIdentifier === id);
}

function fromHere(route: string, nodes: NodesHere, isHost: (record: NodeRecord) => boolean): string {
  const host = nodes.list().find(isHost);
  if (host?.tcpListenerAddress === undefined) return route;
  const [, , ...behind] = MultiAddr.parse(route).components;
  return new MultiAddr([...listenerOf(host.name, nodes), ...behind]).toString();
}
