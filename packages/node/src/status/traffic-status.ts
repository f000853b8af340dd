import type { ChannelTraffic } from "@ockam/secure-channel";
import type { PortalConnection, PortalTraffic } from "@ockam/portal-tcp";

import type { MessageTrafficStatus, OutletUseStatus, TrafficStatus } from "./node-status.ts";

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
    peer_identifiers: [...peers],
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
