import type { NamedProject } from "@ockam/node";

/** The relay that both sides use when they name none. */
export const DEFAULT_RELAY = "default";

/** The route to a project's node. */
export function projectRoute({ name }: Pick<NamedProject, "name">): string {
  return `/project/${name}`;
}

/** The route to the node behind a relay of a project: encrypted up to that node. */
export function relayedNode(project: Pick<NamedProject, "name">, relay: string): string {
  return `${projectRoute(project)}/service/forward_to_${relay}/secure/api`;
}

/** The route to an outlet of the node behind a relay of a project: encrypted up to that node. */
export function relayedRoute(project: Pick<NamedProject, "name">, relay: string, service: string): string {
  return `${relayedNode(project, relay)}/service/${service}`;
}

/** Whether a route leads through a project's node. */
export function leadsThroughProject(route: string): boolean {
  return route.split("/").some((part, index) => part === "project" && index % 2 === 1);
}
