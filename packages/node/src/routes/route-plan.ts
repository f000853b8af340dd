import { isOckamError } from "@ockam/codec";
import { MultiAddr } from "@ockam/core-routing";
import type { MultiAddrComponent } from "@ockam/core-routing";
import { formatHostPort } from "@ockam/transport-tcp";

import { nodeError } from "../node-error.ts";
import { accessRouteFromHere } from "../projects/way-from-here.ts";
import type { NodeRecords } from "../state/state.ts";
import type { ProjectDirectory } from "../trust/trust-anchor.ts";
import type { TrustedProject } from "../trust/trusted-project.ts";
import { listenerOf } from "./listener-of.ts";

/** One step of the way: a TCP connection to open, a secure channel to open, or a worker to pass. */
export type RouteStep =
  | { readonly kind: "tcp"; readonly address: string; readonly text: string }
  | {
      readonly kind: "secure";
      readonly listener: string;
      readonly text: string;
      /** It is the channel to this project's node, and to nobody else. */
      readonly project?: TrustedProject;
    }
  | { readonly kind: "worker"; readonly name: string; readonly text: string };

/** What has to be done for a multiaddress. */
export interface RoutePlan {
  readonly steps: readonly RouteStep[];
  /** The multiaddress with `/node/<name>` replaced. */
  readonly text: string;
  /** The project through whose node it leads: its authority counts where the own node has none. */
  readonly project: TrustedProject | undefined;
}

/** Where names in a route are looked up. */
export interface RoutePlaces {
  readonly nodes: NodeRecords;
  readonly projects: ProjectDirectory;
}

/**
 * Reads a multiaddress as a plan, from left to right, without doing anything.
 * @throws OckamError OCKAM_NODE_INVALID_ROUTE, OCKAM_NODE_UNKNOWN_NODE, OCKAM_NODE_PROJECT_NOT_FOUND
 */
export function planRoute(to: string, places: RoutePlaces): RoutePlan {
  const components = parse(to).components.flatMap((component) =>
    component.protocol === "node" ? listenerOf(component.value, places.nodes) : [component],
  );
  const text = new MultiAddr(components).toString();
  let project: TrustedProject | undefined;
  const steps = stepsOf(components, text, (name) => {
    project = places.projects.get(name);
    return projectSteps(project, places.nodes);
  });
  if (steps.length === 0) throw invalid(to, "it is empty");
  if (steps.filter(({ kind }) => kind === "tcp").length > 1)
    throw invalid(text, "it has two TCP connections; reach the second one through a relay or a hop");
  return { steps, text, project };
}

/** The multiaddress with `/node/<name>` replaced, as far as that is possible now. */
export function plannedText(to: string, places: RoutePlaces): string {
  try {
    return planRoute(to, places).text;
  } catch {
    return to;
  }
}

/**
 * The plan to a listener that is written as `/service/<name>` or `/secure/<name>` at the end, or to a project's node.
 * @throws OckamError OCKAM_NODE_INVALID_ROUTE, OCKAM_NODE_UNKNOWN_NODE, OCKAM_NODE_PROJECT_NOT_FOUND
 */
export function planChannel(to: string, places: RoutePlaces): RoutePlan {
  const { project, steps, text } = planRoute(to, places);
  return { steps: withChannel(steps, text), text, project };
}

/** The last step as a channel to the listener that it names. */
function withChannel(steps: readonly RouteStep[], text: string): readonly RouteStep[] {
  const last = steps.at(-1)!;
  if (last.kind === "tcp") throw invalid(text, "it must end in the listener, such as /service/api");
  if (last.kind === "secure") return steps;
  return [...steps.slice(0, -1), { kind: "secure", listener: last.name, text: last.text }];
}

function stepsOf(
  components: readonly MultiAddrComponent[],
  text: string,
  stepsTo: (project: string) => readonly RouteStep[],
): readonly RouteStep[] {
  const steps: RouteStep[] = [];
  for (let i = 0; i < components.length; i++) {
    const component = components[i]!;
    const next = components[i + 1];
    if (isHost(component) && next?.protocol === "tcp") {
      steps.push(tcpStep(component, next));
      i++;
    } else if (component.protocol === "project") steps.push(...stepsTo(component.value));
    else steps.push(localStep(component, text));
  }
  return steps;
}

/** The way to a project's node. What fails on it is the project, whichever step it was. */
function projectSteps(project: TrustedProject, nodes: NodeRecords): readonly RouteStep[] {
  const { name } = project;
  const accessRoute = accessRouteFromHere(project, nodes);
  const steps = stepsOf(parse(accessRoute).components, accessRoute, () => {
    throw invalid(accessRoute, "a project is not reached through another one");
  });
  if (steps.length === 0) throw invalid(accessRoute, "it is empty");
  const way = withChannel(steps, accessRoute).map((step) => ({
    ...step,
    text: `/project/${name} (${step.text})`,
  }));
  return way.map((step, index) =>
    step.kind === "secure" && index === way.length - 1 ? { ...step, project } : step,
  );
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

function invalid(to: string, reason: string, cause?: unknown): Error {
  return nodeError("INVALID_ROUTE", `the route ${JSON.stringify(to)} cannot be used: ${reason}`, {
    cause,
    details: { route: to },
  });
}
