import type { RelayStatus } from "@ockam/node";

import type { Style } from "../style.ts";
import { renderSession } from "./session.ts";

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
