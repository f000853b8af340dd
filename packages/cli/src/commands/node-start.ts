import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { NO_NODES, nodeNamed, startNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { renderNodeStatus } from "../render/node-status.ts";
import { NODE } from "../render/node.ts";
import { showNode } from "../show-node.ts";

export const nodeStart: Command = defineCommand({
  summary: "Start a stopped node with what it had",
  description:
    "It comes back with its identity, listeners, outlets, inlets, relays, channels and services. One that is running already is no error.",
  examples: ["node start n1"],
  json: NODE,
  positionals: { name: argument("The node; the default node when absent") },
  async run(values, terminal) {
    using state = openState();
    const stopped = state.nodes.list().filter(({ status }) => status !== "running");
    const first = stopped.find(({ isDefault }) => isDefault)?.name;
    const names = stopped.map(({ name }) => name);
    const chosen = values.name ?? (await terminal.selectOne("Which node is to be started?", names, first));
    let node = nodeNamed(state, chosen);
    if (node === undefined) return NO_NODES;
    const { name } = node;
    if (node.status === "running") terminal.note(`The node ${terminal.style.name(name)} is running already`);
    else node = await startNode(terminal, { state, name });
    const shown = await showNode(state, node);
    return { json: () => shown, plain: (style) => renderNodeStatus(shown, style) };
  },
});
