import { openState, stopNode } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { NO_NODES, nodeNamed, startNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { renderNodeStatus } from "../render/node-status.ts";
import { NODE } from "../render/node.ts";
import { showNode } from "../show-node.ts";

export const nodeRestart: Command = defineCommand({
  summary: "Stop a node and start it again with what it had",
  description:
    "It learns what it looks for at its start: a project that became the default one, a newer version of this program. " +
    "Its connections end; portals of other nodes come back by themselves. One that is stopped is started.",
  examples: ["node restart n1"],
  json: NODE,
  positionals: { name: argument("The node; the default node when absent") },
  async run(values, terminal) {
    using state = openState();
    const node = nodeNamed(state, values.name);
    if (node === undefined) return NO_NODES;
    const { name } = node;
    if (node.status === "running") {
      await terminal.busy(`Stopping the node ${name}`, () =>
        stopNode({ state, name, signal: terminal.signal }),
      );
    }
    const shown = await showNode(state, await startNode(terminal, { state, name }));
    return { json: () => shown, plain: (style) => renderNodeStatus(shown, style) };
  },
});
