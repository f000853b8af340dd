import type { OutletStatus } from "@ockam/node";

import type { Style } from "../style.ts";

/** A TCP outlet: its address and its target. */
export function renderOutlet(outlet: OutletStatus, style: Style): string {
  const tls = outlet.tls ? " over TLS" : "";
  return style.row(`Outlet ${style.name(outlet.address)} to ${style.name(outlet.to)}${tls}`);
}
