import type { NodeRecord, NodeStatus } from "@ockam/node";

import type { NodeReport } from "../show-node.ts";
import type { Style } from "../style.ts";
import { renderInlet } from "./inlet.ts";
import { renderKafkaInlet } from "./kafka-inlet.ts";
import { renderKafkaOutlet } from "./kafka-outlet.ts";
import { renderOutlet } from "./outlet.ts";
import { renderRelay } from "./relay.ts";
import { renderTrust } from "./trust.ts";

/** Everything about a node, over several lines. */
export function renderNodeStatus(node: NodeStatus & Partial<NodeReport>, style: Style): string {
  const lines = [
    style.heading(node.is_default ? `${node.name} (default)` : node.name),
    `    Status: ${statusText(node, style)}`,
    ...(node.pid === undefined ? [] : [`    Process: ${node.pid}`]),
    `    Identity: ${style.name(node.identity_name)}`,
    `    Route: ${style.name(node.route.short)}`,
    ...(node.route.verbose === null ? [] : [`           ${style.name(node.route.verbose)}`]),
    ...(node.status_endpoint_address === null
      ? []
      : [`    Status endpoint: ${style.name(`http://${node.status_endpoint_address}/show`)}`]),
  ];
  const section = (title: string, items: readonly string[]) => {
    if (items.length > 0) lines.push(`    ${title}:`, ...items);
  };
  section(
    "Transports",
    node.transports.map((one) => style.row(`TCP ${one.mode} at ${style.name(one.socket_addr)}`)),
  );
  section(
    "Secure channel listeners",
    node.secure_channel_listeners.map((one) => style.row(style.name(one.service))),
  );
  section(
    "Inlets",
    node.inlets.map((one) => renderInlet(one, style)),
  );
  section(
    "Outlets",
    node.outlets.map((one) => renderOutlet(one, style)),
  );
  section(
    "Relays",
    node.relays.map((one) => renderRelay(one, style)),
  );
  section(
    "Kafka inlets",
    node.kafka_inlets.map((one) => renderKafkaInlet(one, style)),
  );
  section(
    "Kafka outlets",
    node.kafka_outlets.map((one) => renderKafkaOutlet(one, style)),
  );
  section("Trust", node.trust === undefined ? [] : renderTrust(node.trust, style));
  section(
    "Services",
    node.services.map((one) => style.row(`${one.type} at ${style.name(`/service/${one.addr}`)}`)),
  );
  return lines.join("\n");
}

function statusText(node: NodeStatus & Partial<NodeReport>, style: Style): string {
  const failure = node.failure ?? null;
  if (node.status !== "running") return `${style.down("DOWN")}${failure === null ? "" : `: ${failure}`}`;
  return failure === null ? style.up("UP") : `${style.down("RUNS, BUT DOES NOT ANSWER")}: ${failure}`;
}

/** One line about a stored node. */
export function renderNodeRecord(node: NodeRecord, style: Style): string {
  const status = { running: style.up("UP"), stopped: style.down("DOWN"), zombie: style.down("ZOMBIE") }[
    node.status
  ];
  const process = node.pid === undefined ? "" : `, process ${node.pid}`;
  return style.row(`${style.name(node.name)}${node.isDefault ? " (default)" : ""} ${status}${process}`);
}

/** What is known of a node that does not answer: its record, with empty lists. */
export function statusOfRecord(node: NodeRecord): NodeStatus {
  const port = node.tcpListenerAddress?.split(":").at(-1);
  return {
    name: node.name,
    identity_name: node.identityName,
    is_default: node.isDefault,
    status: node.status === "running" ? "running" : "stopped",
    ...(node.status === "running" && node.pid !== undefined ? { pid: node.pid } : {}),
    route: {
      short: `/node/${node.name}`,
      verbose: port === undefined ? null : `/dnsaddr/localhost/tcp/${port}`,
    },
    status_endpoint_address: node.status === "running" ? (node.statusEndpointAddress ?? null) : null,
    transports: [],
    secure_channel_listeners: [],
    inlets: [],
    outlets: [],
    services: [],
    relays: [],
    kafka_inlets: [],
    kafka_outlets: [],
    secure_channels: [],
    tcp_connections: [],
    hosted_relays: [],
    started_at: null,
    log_level: null,
  };
}
