import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { NO_NODES, nodeNamed } from "../node-access.ts";
import { argument } from "../option.ts";
import { renderNodeStatus } from "../render/node-status.ts";
import { NODE } from "../render/node.ts";
import { showNode } from "../show-node.ts";

export const nodeShow: Command = defineCommand({
  summary: "Show a node: where it is, its services, portals and channels",
  description:
    "The node is asked for a second; one that does not answer is described from its record, with empty lists.",
  examples: ["node show n1", "node show n1 --jq .route.verbose"],
  json: NODE,
  positionals: { name: argument("The node; the default node when absent") },
  async run(values, terminal) {
    using state = openState();
    const names = state.nodes.list().map(({ name }) => name);
    const first = state.nodes.findDefault()?.name;
    const node = nodeNamed(state, values.name ?? (await terminal.selectOne("Which node?", names, first)));
    if (node === undefined) return NO_NODES;
    const status = await showNode(state, node);
    return { json: () => status, plain: (style) => renderNodeStatus(status, style) };
  },
});
