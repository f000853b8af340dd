import type { NamedProject, NodeRecord, State } from "@ockam/node";

import { showNode } from "../show-node.ts";
import type { PortalGround } from "./portal-ground.ts";

/**
 * A running node of an identity that trusts the project: the default one if it does, any other that does, else a new one.
 * @throws OckamError of `startBackgroundNode`
 */
export async function memberNode(
  { start, state }: PortalGround,
  project: NamedProject,
  identity: string,
): Promise<NodeRecord> {
  const nodes = state.nodes.list().filter(({ identityName, options }) => {
    const isOrdinary = options.authority === undefined && options.hostedProject === undefined;
    return isOrdinary && identityName === identity;
  });
  for (const node of nodes.toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault))) {
    if (!(await trusts(state, node, project))) continue;
    return node.status === "running" ? node : await start({ state, name: node.name });
  }
  const name = state.nodes.find(NODE_NAME) === undefined ? NODE_NAME : `${NODE_NAME}-${project.id}`;
  return await startMember({ start, state }, project, { name, identity });
}

/** What a node for portals is called when it is made. */
const NODE_NAME = "portal";

/** Starts a new node that trusts the project. @throws OckamError of `startBackgroundNode` */
export async function startMember(
  { start, state }: Pick<PortalGround, "start" | "state">,
  project: NamedProject,
  { identity, name }: { readonly identity: string; readonly name: string },
): Promise<NodeRecord> {
  // Its id: the name may become another project's.
  const trust = { kind: "project", project: project.id } as const;
  return await start({ state, name, identity, options: { trust, statusEndpoint: "off" } });
}

/** Whether a node trusts the project, or will when it is started. */
async function trusts(state: State, node: NodeRecord, project: NamedProject): Promise<boolean> {
  if (node.status === "running") {
    const { trust } = await showNode(state, node);
    return trust?.authority === project.authorityIdentifier.toString();
  }
  const { trust = { kind: "project" } } = node.options;
  if (trust.kind !== "project") return false;
  return trust.project === undefined
    ? project.isDefault
    : trust.project === project.id || trust.project === project.name;
}
