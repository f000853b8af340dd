/** What went through an inlet or an outlet since it was started: of the connections that are open, and of those before. */
export interface PortalTraffic {
  /** Connections so far, with those that are open. */
  readonly connections: number;
  /** Bytes of data from applications at this end to the other one. */
  readonly bytesSent: number;
  /** Bytes of data from the other end. */
  readonly bytesReceived: number;
}

/** Nothing yet. */
export const NO_TRAFFIC: PortalTraffic = { connections: 0, bytesSent: 0, bytesReceived: 0 };

/** What went through all of them together. */
export function totalTraffic(parts: Iterable<PortalTraffic>): PortalTraffic {
  let [connections, bytesSent, bytesReceived] = [0, 0, 0];
  for (const part of parts) {
    connections += part.connections;
    bytesSent += part.bytesSent;
    bytesReceived += part.bytesReceived;
  }
  return { connections, bytesSent, bytesReceived };
}
