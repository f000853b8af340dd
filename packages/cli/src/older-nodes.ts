import type { NamedProject, State } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { showNode } from "./show-node.ts";
import type { Terminal } from "./terminal.ts";

/** The names of the running nodes that trust the project's authority. */
export async function nodesOfProject(state: State, project: NamedProject): Promise<readonly string[]> {
  const nodes = await runningNodes(state);
  const authority = project.authorityIdentifier.toString();
  return nodes.filter(({ trust }) => trust === authority).map(({ name }) => name);
}

/**
 * Says which running nodes do not know of the default project yet, and what to do about it: a node looks for it when it
 * starts.
 */
export async function warnOfOlderNodes(project: NamedProject, terminal: Terminal): Promise<void> {
  if (!project.isDefault) return;
  using state = openState();
  for (const { name, trust } of await runningNodes(state)) {
    if (trust !== undefined) continue;
    const again = terminal.style.name(`ockam node restart ${name}`);
    terminal.warn(`The node ${name} was started without the project ${project.name}; restart it: ${again}`);
  }
}

interface TrustingNode {
  readonly name: string;
  /** Whose credentials count there; undefined: nobody's. */
  readonly trust: string | undefined;
}

async function runningNodes(state: State): Promise<readonly TrustingNode[]> {
  const running = state.nodes.list().filter((node) => node.status === "running");
  // An authority trusts nobody, and does not have to.
  const others = running.filter((node) => node.options.authority === undefined);
  return Promise.all(
    others.map(async (node) => {
      const status = await showNode(state, node);
      return { name: node.name, trust: status.trust?.authority ?? undefined };
    }),
  );
}
