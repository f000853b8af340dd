import { isOckamError } from "@ockam/codec";
import { MultiAddr } from "@ockam/core-routing";
import type { MultiAddrComponent } from "@ockam/core-routing";
import { formatHostPort, parseHostPort } from "@ockam/transport-tcp";

import { nodeError } from "../node-error.ts";
import type { NodeRecords } from "../state/state.ts";

/** One step of the way: a TCP connection to open, a secure channel to open, or a worker to pass. */
export type RouteStep =
  | { readonly kind: "tcp"; readonly address: string; readonly text: string }
  | { readonly kind: "secure"; readonly listener: string; readonly text: string }
  | { readonly kind: "worker"; readonly name: string; readonly text: string };

/** What has to be done for a multiaddress. */
export interface RoutePlan {
  readonly steps: readonly RouteStep[];
  /** The multiaddress with `/node/<name>` replaced. */
  readonly text: string;
}

/**
 * Reads a multiaddress as a plan, from left to right, without doing anything.
 * @throws OckamError OCKAM_NODE_INVALID_ROUTE, OCKAM_NODE_UNKNOWN_NODE
 */
export function planRoute(to: string, nodes: NodeRecords): RoutePlan {
  const components = parse(to).components.flatMap((component) =>
    component.protocol === "node" ? listenerOf(component.value, nodes) : [component],
  );
  const text = new MultiAddr(components).toString();
  const steps: RouteStep[] = [];
  for (let i = 0; i < components.length; i++) {
    const component = components[i]!;
    const next = components[i + 1];
    if (isHost(component) && next?.protocol === "tcp") {
      if (steps.some(({ kind }) => kind === "tcp"))
        throw invalid(text, "it has two TCP connections; reach the second one through a relay or a hop");
      steps.push(tcpStep(component, next));
      i++;
    } else steps.push(localStep(component, text));
  }
  if (steps.length === 0) throw invalid(to, "it is empty");
  return { steps, text };
}

/**
 * The plan to a listener that is written as `/service/<name>` or `/secure/<name>` at the end.
 * @throws OckamError OCKAM_NODE_INVALID_ROUTE
 */
export function planChannel(to: string, nodes: NodeRecords): RoutePlan {
  const { steps, text } = planRoute(to, nodes);
  const last = steps.at(-1)!;
  if (last.kind === "tcp") throw invalid(text, "it must end in the listener, such as /service/api");
  const listener = last.kind === "secure" ? last.listener : last.name;
  return { steps: [...steps.slice(0, -1), { kind: "secure", listener, text: last.text }], text };
}

/** Where the listener of a node is reached on this machine; one on all addresses, through the loopback. */
export function listenerOf(name: string, nodes: NodeRecords): readonly MultiAddrComponent[] {
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

function parse(to: string): MultiAddr {
  try {
    return MultiAddr.parse(to);
  } catch (error) {
    if (isOckamError(error)) throw invalid(to, error.message, error);
    throw error;
  }
}

function isHost({ protocol }: MultiAddrComponent): boolean {
  return protocol === "ip4" || protocol === "ip6" || protocol === "dnsaddr";
}

function tcpStep(host: MultiAddrComponent, tcp: MultiAddrComponent): RouteStep {
  return {
    kind: "tcp",
    address: formatHostPort({ host: host.value, port: Number(tcp.value) }),
    text: `/${host.protocol}/${host.value}/tcp/${tcp.value}`,
  };
}

function localStep({ protocol, value }: MultiAddrComponent, text: string): RouteStep {
  const own = `/${protocol}/${value}`;
  switch (protocol) {
    case "service":
    case "worker":
      return { kind: "worker", name: value, text: own };
    case "secure":
      return { kind: "secure", listener: value, text: own };
    case "project":
    case "space":
      throw invalid(
        text,
        `${own} needs an Orchestrator; write where the node is: /dnsaddr/<host>/tcp/<port>`,
      );
    case "udp":
      throw invalid(text, "UDP is not supported; use /tcp/<port>");
    case "tcp":
      throw invalid(text, `${own} must follow /ip4/…, /ip6/… or /dnsaddr/…`);
    default:
      throw invalid(text, `${own} must be followed by /tcp/<port>`);
  }
}

function protocolOf(host: string): "ip4" | "ip6" | "dnsaddr" {
  if (host.includes(":")) return "ip6";
  return /^[\d.]+$/.test(host) ? "ip4" : "dnsaddr";
}

function invalid(to: string, reason: string, cause?: unknown): Error {
  return nodeError("INVALID_ROUTE", `the route ${JSON.stringify(to)} cannot be used: ${reason}`, {
    cause,
    details: { route: to },
  });
}
