import { named, number } from "../json-shape.ts";

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
