import type { MessageTrafficStatus, TrafficStatus } from "@ockam/node";

import { named, number } from "../json-shape.ts";
import { bytesText, countText } from "./quantity.ts";
import { glued } from "./tree.ts";

/** What went through a portal, as `--output json` prints it. */
export const TRAFFIC = named("Traffic", {
  open_connections: number(),
  connections: number("since the node was started, with those that are open"),
  bytes_sent: number("from applications at this end to the other one"),
  bytes_received: number(),
});

/** What went through a secure channel or a relay, as `--output json` prints it. */
export const MESSAGE_TRAFFIC = named("MessageTraffic", {
  messages_sent: number(),
  bytes_sent: number("of payloads"),
  messages_received: number(),
  bytes_received: number(),
});

/** What went through a portal, in parts; nothing for a node of an older version, which does not tell. */
export function trafficText(traffic: TrafficStatus | undefined): readonly string[] {
  if (traffic === undefined) return [];
  return [
    `${traffic.open_connections} open of ${countText(traffic.connections, "connection")}`,
    ...bytesBothWays(traffic),
  ];
}

/** The bytes that went through a secure channel or a relay, in parts; nothing where they are not known. */
export function messageTrafficText(traffic: MessageTrafficStatus | null | undefined): readonly string[] {
  return traffic === null || traffic === undefined ? [] : bytesBothWays(traffic);
}

function bytesBothWays(traffic: Pick<TrafficStatus, "bytes_sent" | "bytes_received">): readonly string[] {
  return [
    `${glued(bytesText(traffic.bytes_sent))} sent`,
    `${glued(bytesText(traffic.bytes_received))} received`,
  ];
}
