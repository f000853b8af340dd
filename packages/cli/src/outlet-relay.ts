import { openState } from "@ockam/node/state";

import type { RunningNode } from "./node-access.ts";
import { chooseProject } from "./project-choice.ts";
import { projectRoute } from "./project-reach.ts";
import type { Terminal } from "./terminal.ts";

/** The relay by which the node of an outlet is reached. */
export interface OutletRelay {
  readonly name: string;
  /** Route to the project that hosts it. */
  readonly at: string;
}

/**
 * The relay of that name at the default project; undefined without a name.
 * @throws OckamError OCKAM_CLI_NO_PROJECT
 */
export function outletRelay(name: string | undefined): OutletRelay | undefined {
  if (name === undefined) return undefined;
  using state = openState();
  const complaint = "There is no default project defined: --relay is a relay of the default project";
  return { name, at: projectRoute(chooseProject(state, undefined, complaint)) };
}

/** Registers the node as this relay, unless it has one of that name. If that fails, `undo` takes the outlet back. */
export async function ensureRelay(
  node: RunningNode,
  { at, name }: OutletRelay,
  terminal: Terminal,
  undo: () => Promise<unknown>,
): Promise<void> {
  try {
    const known = await node.call("relay.list", {});
    if (known.some((relay) => relay.name === name)) return;
    const relay = await node.call("relay.create", { name, at });
    if (relay.connection_status === "Up") {
      terminal.note(`Registered the relay ${terminal.style.name(name)} at ${terminal.style.name(at)}`);
    } else {
      const reason = relay.last_failure ?? "no answer yet";
      terminal.warn(`The relay ${name} is not registered yet: ${reason}. The node keeps trying`);
    }
  } catch (error) {
    // Both or nothing.
    await undo();
    throw error;
  }
}
