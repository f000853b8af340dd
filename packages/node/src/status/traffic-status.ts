import { formatRoute } from "@ockam/core-routing";
import type { PortalConnection, PortalTraffic } from "@ockam/portal-tcp";
import type { ChannelTraffic, SecureChannel } from "@ockam/secure-channel";

import { servicePath } from "../control/service-path.ts";
import type {
  MessageTrafficStatus,
  OpenChannelStatus,
  OutletUseStatus,
  TrafficStatus,
} from "./node-status.ts";

/**
 * How many channels, connections, relays of others and peers a node tells of: some thousand would cost whoever asks, and
 * the node, more than they are worth.
 */
export const MAX_LISTED = 256;

/** What counts its connections. */
export interface ObservedPortal {
  readonly traffic: PortalTraffic;
  connections(): readonly PortalConnection[];
}

/** An outlet, of whatever kind. */
export interface ObservedOutlet extends ObservedPortal {
  readonly lastFailure: Error | undefined;
  readonly lastFailureAt: number | undefined;
}

/** Tells what went through a portal. */
export function trafficStatus(portal: ObservedPortal): TrafficStatus {
  const { bytesReceived, bytesSent, connections } = portal.traffic;
  return {
    open_connections: portal.connections().length,
    connections,
    bytes_sent: bytesSent,
    bytes_received: bytesReceived,
  };
}

/** Tells how an outlet is used, and by whom. */
export function outletUseStatus(outlet: ObservedOutlet): OutletUseStatus {
  const { lastFailure, lastFailureAt } = outlet;
  const peers = new Set(
    outlet
      .connections()
      .flatMap(({ peerIdentifier }) => (peerIdentifier === undefined ? [] : [`I${peerIdentifier}`])),
  );
  return {
    traffic: trafficStatus(outlet),
    peer_identifiers: [...peers].slice(0, MAX_LISTED),
    last_failure: lastFailure?.message ?? null,
    last_failure_at: lastFailureAt === undefined ? null : new Date(lastFailureAt).toISOString(),
  };
}

/** Tells what went through a secure channel. */
export function messageTrafficStatus(traffic: ChannelTraffic): MessageTrafficStatus {
  return {
    messages_sent: traffic.messagesSent,
    bytes_sent: traffic.bytesSent,
    messages_received: traffic.messagesReceived,
    bytes_received: traffic.bytesReceived,
  };
}

/** Tells of a secure channel that is open. */
export function openChannelStatus(channel: SecureChannel): OpenChannelStatus {
  return {
    address: servicePath(channel.address.name),
    role: channel.role,
    their_identifier: channel.peer.toString(),
    route: formatRoute(channel.route),
    since: new Date(channel.openedAt).toISOString(),
    traffic: messageTrafficStatus(channel.traffic),
  };
}
