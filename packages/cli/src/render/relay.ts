import type { RelayStatus } from "@ockam/node";

import { literal, named, nullable, string } from "../json-shape.ts";
import type { Style } from "../style.ts";
import { SESSION_MEMBERS, renderSession } from "./session.ts";
import { MESSAGE_TRAFFIC } from "./traffic.ts";

/** A relay of a node as `--output json` prints it. */
export const RELAY = named("Relay", {
  name: string(),
  destination_address: string("the route to the node that hosts it, with /node/NAME resolved"),
  connection_status: literal("Up", "Down"),
  forwarding_route: nullable(string(), "0#… => 0#forward_to_NAME, while it is Up"),
  remote_address: nullable(string(), "forward_to_NAME, while it is Up"),
  worker_address: nullable(string(), "0#…: what registered it, while it is Up"),
  flow_control_id: nullable(string()),
  peer_identifier: nullable(string(), "who hosts it; null while Down, and without a secure channel"),
  traffic: nullable(MESSAGE_TRAFFIC, "null while Down, and without a secure channel"),
  ...SESSION_MEMBERS,
});

/** A relay: where it is registered, the route to it, and how it has fared. */
export function renderRelay(relay: RelayStatus, style: Style): string {
  const isUp = relay.connection_status === "Up";
  const { destination_address: at, forwarding_route: route } = relay;
  return [
    style.row(
      `Relay ${style.name(relay.name)} at ${style.name(at)} ${isUp ? style.up("UP") : style.down("DOWN")}`,
    ),
    ...(route === null ? [] : [style.row(`  route ${style.name(route)}`)]),
    ...renderSession(relay, style),
  ].join("\n");
}
