import { isDeepStrictEqual } from "node:util";

import { isOckamError } from "@ockam/codec";
import type { NodeStartOptions, State } from "@ockam/node";
import { stopNode } from "@ockam/node/state";

import { startNode } from "../node-access.ts";
import type { NodeSettings } from "../node-settings.ts";
import type { Terminal } from "../terminal.ts";

/** What became of a node that a configuration asks for. */
export type NodeChange = "created" | "started" | "restarted" | "unchanged";

/** What a node in the background is to be. */
export interface WantedNode {
  readonly name: string;
  readonly settings: NodeSettings;
  /** What its start is told of its listener `api`. */
  readonly apiListener: Pick<NodeStartOptions, "apiListener">;
  /** Start it anew although its options are as wanted. */
  readonly anew: boolean;
}

/**
 * Starts the node unless it runs as it should already. One that runs otherwise is started anew; if that fails, it runs
 * as before.
 * @throws OckamError of the start
 */
export async function ensureNode(
  state: State,
  { anew, apiListener, name, settings }: WantedNode,
  terminal: Terminal,
): Promise<NodeChange> {
  const { identity, options } = settings;
  const wanted = {
    state,
    name,
    ...(identity === undefined ? {} : { identity }),
    options: { ...options, ...apiListener },
  };
  const known = state.nodes.find(name);
  if (known?.status !== "running") {
    await startNode(terminal, wanted);
    return known === undefined ? "created" : "started";
  }
  const before: Readonly<Record<string, unknown>> = { ...known.options };
  const isSame =
    !anew &&
    (identity === undefined || identity === known.identityName) &&
    Object.entries(options).every(([key, value]) => isDeepStrictEqual(value, before[key]));
  if (isSame) return "unchanged";
  await stopNode({ state, name });
  try {
    await startNode(terminal, wanted);
  } catch (error) {
    // It was there before, and stays, also when Ctrl-C was what failed.
    const patient = { ...terminal, signal: new AbortController().signal };
    await startNode(patient, { state, name, identity: known.identityName, options: known.options });
    throw error;
  }
  return "restarted";
}

/** Stops and forgets a node that something went wrong with. */
export async function removeNode(state: State, name: string): Promise<void> {
  try {
    await stopNode({ state, name });
  } catch (error) {
    if (!isOckamError(error)) throw error;
  }
  state.nodes.delete(name);
}
