import type { TransportStatus } from "@ockam/node";

import { literal, named, string } from "../json-shape.ts";
import type { Style } from "../style.ts";

/** A TCP listener or connection as `--output json` prints it. */
export const TRANSPORT = named("Transport", {
  type: literal("Tcp"),
  mode: literal("Listen", "Incoming", "Outgoing"),
  socket_addr: string("HOST:PORT of a listener itself, or of a connection's other end"),
  worker_addr: string("the ID of /worker/ID in a route; <none> of a listener"),
  processor_address: string(),
  flow_control_id: string(),
});

/** One line about a TCP listener or connection. */
export function renderTransport(transport: TransportStatus, style: Style): string {
  const mode = { Listen: "Listening", Incoming: "Incoming", Outgoing: "Outgoing" }[transport.mode];
  const worker =
    transport.worker_addr === "<none>" ? "" : ` as ${style.name(`/worker/${transport.worker_addr}`)}`;
  return style.row(`TCP, ${mode} at ${style.name(transport.socket_addr)}${worker}`);
}

/** All that is known of it, over several lines. */
export function renderTransportDetails(transport: TransportStatus, style: Style): string {
  return [
    renderTransport(transport, style),
    style.row(`  Processor address: ${style.name(transport.processor_address)}`),
    style.row(`  Flow control id: ${style.name(transport.flow_control_id)}`),
  ].join("\n");
}
