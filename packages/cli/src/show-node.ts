import type { NodeRecord, NodeStatus, State } from "@ockam/node";
import { NodeClient } from "@ockam/node/client";

import { statusOfRecord } from "./render/node-status.ts";

const ANSWER_TIMEOUT = 1000;

/** What a node says of itself, or what its record says when it does not answer within a second. */
export async function showNode(state: State, record: NodeRecord): Promise<NodeStatus> {
  if (record.status !== "running") return statusOfRecord(record);
  try {
    return await new NodeClient(state, record.name).call("node.show", {}, { timeout: ANSWER_TIMEOUT });
  } catch {
    return statusOfRecord(record);
  }
}
