import type { OutletStatus } from "@ockam/node";

import { array, boolean, literal, named, nullable, string } from "../json-shape.ts";
import type { Style } from "../style.ts";
import { RAW_ADDRESS } from "./raw-address.ts";
import { renderSession, renderTraffic } from "./session.ts";
import { TRAFFIC } from "./traffic.ts";

/** How an outlet, of whatever kind, is used: as `--output json` prints it among what else there is. */
export const OUTLET_USE_MEMBERS = {
  traffic: TRAFFIC,
  peer_identifiers: array(string(), "who has connections at present"),
  last_failure: nullable(string(), "why the latest connection that failed did so"),
  last_failure_at: nullable(string(), "ISO 8601, in UTC"),
};

/** A TCP outlet as `--output json` prints it. */
export const OUTLET = named("Outlet", {
  to: string("the server: HOST:PORT"),
  worker_addr: RAW_ADDRESS,
  address: string("/service/NAME"),
  tls: boolean("whether the server speaks TLS"),
  ...OUTLET_USE_MEMBERS,
  payload: literal(null),
  privileged: literal(false),
});

/** A TCP outlet: its address, its target, and how it is used. */
export function renderOutlet(outlet: OutletStatus, style: Style): string {
  const tls = outlet.tls ? " over TLS" : "";
  return [
    style.row(`Outlet ${style.name(outlet.address)} to ${style.name(outlet.to)}${tls}`),
    ...renderTraffic(outlet.traffic, style),
    ...renderSession(outlet, style),
  ].join("\n");
}
