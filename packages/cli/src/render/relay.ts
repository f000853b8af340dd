import type { RelayStatus } from "@ockam/node";

import type { Style } from "../style.ts";

/** A relay: where it is registered, the route to it, and why it is down if it is. */
export function renderRelay(relay: RelayStatus, style: Style): string {
  const isUp = relay.connection_status === "Up";
  const { destination_address: at, forwarding_route: route, last_failure: failure } = relay;
  return [
    style.row(
      `Relay ${style.name(relay.name)} at ${style.name(at)} ${isUp ? style.up("UP") : style.down("DOWN")}`,
    ),
    ...(route === null ? [] : [style.row(`  route ${style.name(route)}`)]),
    ...(isUp || failure === null ? [] : [style.row(`  ${failure}`)]),
  ].join("\n");
}
