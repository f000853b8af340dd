import { realpathSync } from "node:fs";
import module from "node:module";
import { dirname } from "node:path";

import { isOckamError, OckamError } from "@ockam/codec";
import type { ControlMethod, ControlParams, ControlResult, NodeRecord, State } from "@ockam/node";
import { NodeClient } from "@ockam/node/client";
import { openState, startBackgroundNode, type StartBackgroundNodeOptions } from "@ockam/node/state";

import { defaultTimeout } from "./default-timeout.ts";
import { nearest } from "./nearest.ts";
import { parseNodeReference } from "./node-reference.ts";
import { emptyResult, type Result } from "./result.ts";
import { takeTicketVariable } from "./process-arguments.ts";
import type { Terminal } from "./terminal.ts";

// A node keeps to the time limit itself, and then says more than that it was late.
const ANSWER_SLACK = 2000;

/** How to find the node of a command. */
export interface NodeChoice {
  /** Its name; the default node when absent. */
  readonly at: string | undefined;
  readonly terminal: Terminal;
  /** Make the default node when there is none. */
  readonly create?: boolean;
}

/** A node that answers calls. */
export interface RunningNode {
  readonly name: string;
  call<M extends ControlMethod>(
    method: M,
    params: ControlParams<M>,
    options?: { readonly timeout?: number },
  ): Promise<ControlResult<M>>;
}

/**
 * Calls `work` with the chosen node.
 * @throws OckamError OCKAM_NODE_UNKNOWN_NODE, OCKAM_NODE_NOT_RUNNING, OCKAM_CLI_NO_DEFAULT_NODE, and what the calls
 *   throw
 */
export async function withNode<T>(choice: NodeChoice, work: (node: RunningNode) => Promise<T>): Promise<T> {
  const { terminal } = choice;
  const { ownNode, through = (node) => node } = terminal;
  if (ownNode !== undefined && ownNode.name === choice.at) return work(through(ownNode));
  using state = openState();
  const record = await chooseNode(state, choice);
  if (record.status !== "running") {
    throw new OckamError("OCKAM_NODE_NOT_RUNNING", notRunningMessage(record, choice.at === undefined), {
      details: { hint: `'ockam node start ${record.name}' starts it` },
    });
  }
  const client = new NodeClient(state, record.name);
  const node: RunningNode = {
    name: record.name,
    call: (method, params, { timeout = defaultTimeout() } = {}) =>
      terminal.busy(`Waiting for the node ${record.name}`, () =>
        client.call(method, params, { timeout: timeout + ANSWER_SLACK, signal: terminal.signal }),
      ),
  };
  return await work(through(node));
}

// What a portal allocates lives shortly and outside of V8's heap. A young generation of 1 MiB is collected before that
// adds up; with the default one, V8 marks the whole heap instead, over and over: docs/performance.md, "What decides".
const NODE_FLAGS = ["--max-semi-space-size=1"];

/**
 * Starts the node in a process of its own, which runs this program.
 * @throws OckamError of `startBackgroundNode`
 */
export function startNode(terminal: Terminal, options: Parameters<StartNode>[0]): Promise<NodeRecord> {
  // A ticket is for commands, not for nodes.
  takeTicketVariable();
  // The node's process finds its code in the cache that this one fills.
  const cache = module.getCompileCacheDir?.();
  if (cache !== undefined) process.env["NODE_COMPILE_CACHE"] ??= dirname(cache);
  const { name } = options;
  const command = [...thisProgram(), "node", "run", name];
  return terminal.busy(`Starting the node ${name}`, () =>
    startBackgroundNode({ ...options, command, signal: terminal.signal }),
  );
}

/** {@link startNode} at a terminal. */
export type StartNode = (
  options: Omit<StartBackgroundNodeOptions, "command" | "signal">,
) => Promise<NodeRecord>;

/** What starts this program again, as a node. A single executable is its own Node.js, and has its flags in it. */
function thisProgram(): readonly string[] {
  if (process.getBuiltinModule("node:sea").isSea()) return [process.execPath];
  return [process.execPath, ...NODE_FLAGS, ...process.execArgv, realpathSync(process.argv[1]!)];
}

/**
 * The stored node that the argument of a command names, `NAME` or `/node/NAME`; the default node without it. Undefined
 * when there are no nodes at all.
 * @throws OckamError OCKAM_NODE_UNKNOWN_NODE with the nearest name as the hint, OCKAM_CLI_USAGE,
 *   OCKAM_CLI_NO_DEFAULT_NODE
 */
export function nodeNamed(state: State, typed: string | undefined): NodeRecord | undefined {
  const names = state.nodes.list().map(({ name }) => name);
  if (names.length === 0) return undefined;
  if (typed !== undefined) return findNode(state, parseNodeReference(typed));
  const found = state.nodes.findDefault();
  if (found !== undefined) return found;
  // Those of authorities and projects are never the default.
  throw new OckamError("OCKAM_CLI_NO_DEFAULT_NODE", "There is no default node", {
    details: { hint: `name one: ${names.join(", ")}` },
  });
}

/** What commands about one node say when there are none. */
export const NO_NODES: Result = emptyResult("There are no nodes: 'ockam node create' makes one");

/**
 * The stored node of that name.
 * @throws OckamError OCKAM_NODE_UNKNOWN_NODE with the nearest name as the hint
 */
export function findNode(state: State, name: string): NodeRecord {
  try {
    return state.nodes.get(name);
  } catch (error) {
    if (!isOckamError(error, "OCKAM_NODE_UNKNOWN_NODE")) throw error;
    const names = state.nodes.list().map((node) => node.name);
    const guess = nearest(name, names);
    const known =
      names.length === 0 ? "there is none yet: 'ockam node create'" : `there is: ${names.join(", ")}`;
    throw new OckamError("OCKAM_NODE_UNKNOWN_NODE", `There is no node with name ${name}`, {
      cause: error,
      details: { hint: guess === undefined ? known : `did you mean '${guess}'?` },
    });
  }
}

async function chooseNode(state: State, { at, create, terminal }: NodeChoice): Promise<NodeRecord> {
  if (at !== undefined) return findNode(state, at);
  const found = state.nodes.findDefault();
  if (found !== undefined) return found;
  if (create !== true) {
    throw new OckamError("OCKAM_CLI_NO_DEFAULT_NODE", "There is no default node", {
      details: { hint: "'ockam node create' makes one" },
    });
  }
  const record = await startNode(terminal, { state, name: state.nodes.nextName() });
  terminal.note(`Created the node ${terminal.style.name(record.name)}, your default node`);
  return record;
}

function notRunningMessage({ name }: NodeRecord, isDefault: boolean): string {
  return isDefault ? `Default node exists but is not running: ${name}` : `Node ${name} is not running`;
}
