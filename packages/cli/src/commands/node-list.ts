import type { NodeRecord } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { array, boolean, literal, nullable, number, object, optional, string } from "../json-shape.ts";
import { renderNodeRecord } from "../render/node-status.ts";

export const nodeList: Command = defineCommand({
  summary: "List the nodes of this machine",
  examples: ["node list", "node list --jq '.[].node_name'"],
  json: array(
    object({
      node_name: string(),
      status: object({ status: literal("running", "stopped", "zombie"), pid: optional(number()) }),
      pid: nullable(number()),
      is_default: boolean(),
    }),
  ),
  async run() {
    using state = openState();
    const nodes = state.nodes.list();
    return {
      json: () => nodes.map(describe),
      plain: (style) =>
        nodes.length === 0
          ? style.info(`There are no nodes: ${style.name("ockam node create")} makes one`)
          : nodes.map((node) => renderNodeRecord(node, style)).join("\n"),
    };
  },
});

/** The same by words that come to mind. */
export const ls: Command = { ...nodeList, examples: ["ls"], hidden: true };
export const ps: Command = { ...nodeList, examples: ["ps"], hidden: true };

function describe(node: NodeRecord): unknown {
  return {
    node_name: node.name,
    status: node.pid === undefined ? { status: node.status } : { status: node.status, pid: node.pid },
    pid: node.pid ?? null,
    is_default: node.isDefault,
  };
}
