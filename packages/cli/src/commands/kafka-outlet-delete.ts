import { defineCommand, type Command } from "../command.ts";
import { ALL, AT, YES } from "../common-options.ts";
import { deleteItems } from "../delete-items.ts";
import { array, object, oneOf, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { parseServiceReference } from "../service-reference.ts";

export const kafkaOutletDelete: Command = defineCommand({
  summary: "Delete a Kafka outlet, and end its connections",
  examples: ["kafka-outlet delete europe --yes"],
  json: oneOf(
    object({ address: string("its name"), node: string() }),
    array(object({ address: string("its name"), node: string() })),
  ),
  positionals: { name: argument("Its name") },
  options: { at: AT, all: ALL, yes: YES },
  run: ({ name, at, all, yes }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const outlets = await node.call("kafka-outlet.list", {});
      return await deleteItems({
        terminal,
        kind: "Kafka outlet",
        existing: outlets.map((outlet) => outlet.name),
        name: name === undefined ? undefined : parseServiceReference(name),
        all,
        yes,
        async remove(item) {
          await node.call("kafka-outlet.delete", { name: item });
        },
        json: (item) => ({ address: item, node: node.name }),
      });
    }),
});
