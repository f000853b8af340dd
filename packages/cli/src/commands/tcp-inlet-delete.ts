import { defineCommand, type Command } from "../command.ts";
import { ALL, AT, YES } from "../common-options.ts";
import { deleteItems } from "../delete-items.ts";
import { array, object, oneOf, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";

export const tcpInletDelete: Command = defineCommand({
  summary: "Delete a TCP inlet",
  examples: ["tcp-inlet delete db --yes"],
  json: oneOf(
    object({ alias: string(), node: string() }),
    array(object({ alias: string(), node: string() })),
  ),
  positionals: { name: argument("Its name") },
  options: { at: AT, all: ALL, yes: YES },
  run: ({ name, at, all, yes }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const inlets = await node.call("tcp-inlet.list", {});
      return await deleteItems({
        terminal,
        kind: "TCP inlet",
        existing: inlets.map((inlet) => inlet.alias),
        name,
        all,
        yes,
        async remove(item) {
          await node.call("tcp-inlet.delete", { name: item });
        },
        json: (item) => ({ alias: item, node: node.name }),
      });
    }),
});
