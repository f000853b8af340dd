import type { NodeRecord, NodeStatus } from "@ockam/node";

import type { NodeReport } from "../show-node.ts";
import type { Style } from "../style.ts";
import { nodeItems } from "./node-items.ts";
import { spanText } from "./quantity.ts";
import { drawTree } from "./tree.ts";

/** How wide the drawing of a node is. */
const WIDTH = 80;

/** Draws a node with everything that it has, as of `now` (ms since 1970). */
export function renderNodeStatus(
  node: NodeStatus & Partial<NodeReport>,
  style: Style,
  now: number = Date.now(),
): string {
  const name = style.name(node.name) + (node.is_default ? " (default)" : "");
  const tree = drawTree(nodeItems(node, style, now), style.glyphs, WIDTH);
  return [`${name}  ${statusText(node, style, now)}`, ...tree].join("\n");
}

function statusText(node: NodeStatus & Partial<NodeReport>, style: Style, now: number): string {
  const { failure = null, pid, started_at: startedAt } = node;
  const why = failure === null ? "" : `: ${failure}`;
  if (node.status !== "running") return style.down("DOWN") + why;
  const process = pid === undefined ? "" : `, process ${pid}`;
  if (failure !== null) return style.down("RUNS, BUT DOES NOT ANSWER") + process + why;
  const span = startedAt === null ? "" : ` for ${spanText(now - Date.parse(startedAt))}`;
  return style.up("UP") + span + process;
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
    totals: { secure_channels: 0, tcp_connections: 0, hosted_relays: 0 },
    started_at: null,
    log_level: null,
  };
}
