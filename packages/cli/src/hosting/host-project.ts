import { toHex } from "@ockam/codec";
import type { AuthoritySettings, NamedIdentity, NodeRecord, State, StoredNodeOptions } from "@ockam/node";
import { stopNode } from "@ockam/node/state";

import type { StartNode } from "../node-access.ts";
import { Undo } from "../undo.ts";
import type { HostingPlan, PlannedNode } from "./hosting-plan.ts";
import { listenerAddress, localRoute, publicRoute } from "./public-host.ts";

/** What is hosted now. */
export interface Hosting {
  readonly id: string;
  readonly name: string;
  readonly authority: NodeRecord;
  /** Undefined when it is on another machine. */
  readonly node: NodeRecord | undefined;
  /** Whether the project was made just now. */
  readonly isNew: boolean;
}

/** The attribute of the member that is a project's node. */
export const PROJECT_NODE_ATTRIBUTE = "ockam-project-node";

/**
 * Brings up the nodes of the plan that do not run, and makes what is missing: their identities and, when the project is
 * new, its authority's settings. The default identity becomes the one that makes tickets.
 * When this fails, what it made is removed.
 */
export async function hostProject(state: State, plan: HostingPlan, start: StartNode): Promise<Hosting> {
  await using undo = new Undo();
  // The first identity of all becomes the default one, and that must be the user's.
  const admin = state.identities.findDefault() ?? (await makeIdentity(state, undefined, undo));
  const authority = await bringUp(state, plan.authority, start, undo, () =>
    authorityOptions(state, plan, admin, undo),
  );
  const node = plan.node && (await bringUp(state, plan.node, start, undo, () => nodeOptions(state, plan)));
  undo.keep();
  return { id: plan.id, name: plan.name, authority, node, isNew: plan.authority.record === undefined };
}

async function bringUp(
  state: State,
  { name, record }: PlannedNode,
  start: StartNode,
  undo: Undo,
  options: () => Promise<Partial<StoredNodeOptions>>,
): Promise<NodeRecord> {
  if (record?.status === "running") return record;
  if (record !== undefined) return await start({ state, name });
  await makeIdentity(state, name, undo);
  const started = await start({ state, name, identity: name, options: await options() });
  undo.defer(async () => {
    await stopNode({ state, name });
    state.nodes.delete(name);
  });
  return started;
}

async function authorityOptions(
  state: State,
  { id, name, authority, node, credentialLifetime }: HostingPlan,
  admin: NamedIdentity,
  undo: Undo,
): Promise<Partial<StoredNodeOptions>> {
  const trusted: Record<string, Readonly<Record<string, string>>> = {
    // Who can make members could give itself any relay by a ticket.
    [admin.identifier.toString()]: { "ockam-role": "enroller", "ockam-relay": "*" },
  };
  if (node !== undefined) {
    const { identifier } = await makeIdentity(state, node.name, undo);
    trusted[identifier.toString()] = { [PROJECT_NODE_ATTRIBUTE]: "true" };
  }
  const settings: AuthoritySettings = {
    projectIdentifier: id,
    trustedIdentities: trusted,
    ...(credentialLifetime === undefined ? {} : { credentialLifetime }),
    project: {
      name,
      authorityRoute: `${publicRoute(authority.host, authority.port)}/service/api`,
      ...(node === undefined
        ? {}
        : {
            node: {
              accessRoute: projectRoute(id, publicRoute(node.host, node.port)),
              changeHistory: await historyOf(state, node.name),
            },
          }),
    },
  };
  return {
    authority: settings,
    tcpListenerAddress: listenerAddress(authority.host, authority.port),
    statusEndpoint: "off",
  };
}

/** The authority is found by the way that leads there from this machine. */
async function nodeOptions(
  state: State,
  { id, authority, node }: HostingPlan,
): Promise<Partial<StoredNodeOptions>> {
  if (node === undefined) return {};
  return {
    hostedProject: id,
    trust: {
      kind: "authority",
      authority: await historyOf(state, authority.name),
      route: `${localRoute(authority.host, authority.port)}/service/api`,
    },
    tcpListenerAddress: listenerAddress(node.host, node.port),
    statusEndpoint: "off",
  };
}

/** Where members reach the node of a project: the project's id is in it, so that a ticket needs nothing else to tell it. */
export function projectRoute(id: string, node: string): string {
  return `${node}/service/${id}/service/api`;
}

async function makeIdentity(state: State, name: string | undefined, undo: Undo): Promise<NamedIdentity> {
  const known = name === undefined ? undefined : state.identities.find(name);
  if (known !== undefined) return known;
  const made = await state.identities.create(name === undefined ? {} : { name });
  undo.defer(() => state.identities.delete(made.name));
  return made;
}

async function historyOf(state: State, identity: string): Promise<string> {
  return toHex((await state.identities.identity(identity)).changeHistory);
}
