import type { InletStatus } from "@ockam/node";

import type { Style } from "../style.ts";
import { renderSession } from "./session.ts";

/** A TCP inlet: where it listens, where it leads to, and how its way there has fared. */
export function renderInlet(inlet: InletStatus, style: Style): string {
  const status = inlet.status === "Up" ? style.up("UP") : style.down("DOWN");
  return [
    style.row(`Inlet ${style.name(inlet.alias)} at ${style.name(inlet.bind_addr)} ${status}`),
    style.row(`  to ${style.name(inlet.outlet_addr)}`),
    ...renderSession(inlet, style),
  ].join("\n");
}
