import { openState, stopNode } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { ALL, YES } from "../common-options.ts";
import { deleteItems } from "../delete-items.ts";
import { array, object, oneOf, string } from "../json-shape.ts";
import { parseNodeReference } from "../node-reference.ts";
import { argument, flag } from "../option.ts";

export const nodeDelete: Command = defineCommand({
  summary: "Stop a node and forget it",
  description: "When the default node is deleted, another one becomes the default.",
  examples: ["node delete n1 --yes", "node delete --all --yes"],
  json: oneOf(object({ name: string() }), array(object({ name: string() }))),
  pipe: "the name, one a line",
  positionals: { name: argument("The node") },
  options: {
    all: ALL,
    yes: YES,
    force: flag("", { short: "f", hidden: true, deprecated: "it is always so" }),
  },
  async run({ name, all, yes }, terminal) {
    using state = openState();
    return await deleteItems({
      terminal,
      kind: "node",
      existing: state.nodes.list().map((node) => node.name),
      name: name === undefined ? undefined : parseNodeReference(name),
      all,
      yes,
      async remove(item) {
        await stopNode({ state, name: item, signal: terminal.signal });
        state.nodes.delete(item);
      },
      json: (item) => ({ name: item }),
      machine: (item) => item,
    });
  },
});
