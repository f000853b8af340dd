import type { MultiAddrComponent } from "@ockam/core-routing";
import { parseHostPort } from "@ockam/transport-tcp";

import { nodeError } from "../node-error.ts";
import type { NodeRecords } from "../state/state.ts";

/** Where the listener of a node is reached on this machine; one on all addresses, through the loopback. */
export function listenerOf(name: string, nodes: Pick<NodeRecords, "get">): readonly MultiAddrComponent[] {
  const { tcpListenerAddress } = nodes.get(name);
  if (tcpListenerAddress === undefined)
    throw nodeError("UNKNOWN_NODE", `node ${name} has no TCP listener yet; start it first`, {
      details: { node: name },
    });
  const { host, port } = parseHostPort(tcpListenerAddress);
  const tcp: MultiAddrComponent = { protocol: "tcp", value: String(port) };
  if (host === "0.0.0.0") return [{ protocol: "ip4", value: "127.0.0.1" }, tcp];
  if (host === "::") return [{ protocol: "ip6", value: "::1" }, tcp];
  return [{ protocol: protocolOf(host), value: host }, tcp];
}

function protocolOf(host: string): "ip4" | "ip6" | "dnsaddr" {
  if (host.includes(":")) return "ip6";
  return /^[\d.]+$/.test(host) ? "ip4" : "dnsaddr";
}
