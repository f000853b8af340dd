import { defineCommand, type Command } from "../command.ts";
import { ALL, AT, YES } from "../common-options.ts";
import { deleteItems } from "../delete-items.ts";
import { array, object, oneOf, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";

export const relayDelete: Command = defineCommand({
  summary: "Delete a relay, here and at the node that hosts it",
  examples: ["relay delete bank --at bank --yes"],
  json: oneOf(object({ name: string(), node: string() }), array(object({ name: string(), node: string() }))),
  positionals: { name: argument("Its name") },
  options: { at: AT, all: ALL, yes: YES },
  run: ({ name, at, all, yes }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const relays = await node.call("relay.list", {});
      return await deleteItems({
        terminal,
        kind: "relay",
        existing: relays.map((relay) => relay.name),
        name,
        all,
        yes,
        async remove(item) {
          await node.call("relay.delete", { name: item });
        },
        json: (item) => ({ name: item, node: node.name }),
      });
    }),
});
