import type { InletStatus } from "@ockam/node";

import { literal, named, nullable, string } from "../json-shape.ts";
import type { Style } from "../style.ts";
import { SESSION_MEMBERS, renderSession, renderTraffic } from "./session.ts";
import { TRAFFIC } from "./traffic.ts";

/** A TCP inlet as `--output json` prints it. */
export const INLET = named("Inlet", {
  alias: string("its name"),
  bind_addr: string("where it listens: HOST:PORT"),
  outlet_addr: string("the route to the outlet, with /node/NAME resolved"),
  outlet_route: nullable(string(), "the same, as messages go, while it is Up"),
  status: literal("Up", "Down"),
  ...SESSION_MEMBERS,
  worker_addr: nullable(string()),
  peer_identifier: nullable(
    string(),
    "who is at the other end; null while Down, and without a secure channel",
  ),
  traffic: TRAFFIC,
  payload: literal(null),
  privileged: literal(false),
});

/** A TCP inlet: where it listens, where it leads to, and how its way there has fared. */
export function renderInlet(inlet: InletStatus, style: Style): string {
  const status = inlet.status === "Up" ? style.up("UP") : style.down("DOWN");
  return [
    style.row(`Inlet ${style.name(inlet.alias)} at ${style.name(inlet.bind_addr)} ${status}`),
    style.row(`  to ${style.name(inlet.outlet_addr)}`),
    ...renderTraffic(inlet.traffic, style),
    ...renderSession(inlet, style),
  ].join("\n");
}
