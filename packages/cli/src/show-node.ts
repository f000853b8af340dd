import type { NodeRecord, NodeStatus, State } from "@ockam/node";
import { NodeClient } from "@ockam/node/client";

import { statusOfRecord } from "./render/node-status.ts";
import type { Terminal } from "./terminal.ts";

/** How long a node has to tell of itself, ms, unless the user says otherwise. */
const ANSWER_TIMEOUT = 1000;

/** What is known of a node: what it said, or what its record says. */
export interface NodeReport extends NodeStatus {
  /** Whether the node itself said this. */
  readonly answers: boolean;
  /** Why it did not; null when it did. */
  readonly failure: string | null;
}

/**
 * Asks a node of itself; one that does not answer within `timeout` ms, or until it is aborted, is described by its
 * record.
 */
export async function showNode(
  state: State,
  record: NodeRecord,
  timeout: number = ANSWER_TIMEOUT,
  signal?: AbortSignal,
): Promise<NodeReport> {
  const known = statusOfRecord(record);
  if (record.status !== "running") return { ...known, answers: false, failure: ABSENT[record.status] };
  try {
    const told = await new NodeClient(state, record.name).call(
      "node.show",
      {},
      {
        timeout,
        ...(signal === undefined ? {} : { signal }),
      },
    );
    // A node that runs an older version does not tell everything.
    return { ...known, ...told, answers: true, failure: null };
  } catch (error) {
    return { ...known, answers: false, failure: error instanceof Error ? error.message : String(error) };
  }
}

/** Tells of a node that was just started. It is asked when JSON is wanted, which has all of it. */
export async function statusOfNewNode(
  state: State,
  node: NodeRecord,
  terminal: Terminal,
): Promise<NodeStatus> {
  return terminal.json ? showNode(state, node) : statusOfRecord(node);
}

const ABSENT = {
  stopped: "it is not running",
  zombie: "its process has ended, and is still there for its parent to take notice",
} as const;
