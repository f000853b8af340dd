import { defineCommand, type Command } from "../command.ts";
import { ALL, AT, YES } from "../common-options.ts";
import { deleteItems } from "../delete-items.ts";
import { array, object, oneOf, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { parseServiceReference } from "../service-reference.ts";

export const kafkaInletDelete: Command = defineCommand({
  summary: "Delete a Kafka inlet, its ports and its relays; what it has to decrypt records stays",
  examples: ["kafka-inlet delete kafka_inlet --yes", "kafka-inlet delete --all --yes"],
  json: oneOf(
    object({ address: string("its name"), node: string() }),
    array(object({ address: string("its name"), node: string() })),
  ),
  positionals: { name: argument("Its name") },
  options: { at: AT, all: ALL, yes: YES },
  run: ({ name, at, all, yes }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const inlets = await node.call("kafka-inlet.list", {});
      return await deleteItems({
        terminal,
        kind: "Kafka inlet",
        existing: inlets.map((inlet) => inlet.name),
        name: name === undefined ? undefined : parseServiceReference(name),
        all,
        yes,
        async remove(item) {
          await node.call("kafka-inlet.delete", { name: item });
        },
        json: (item) => ({ address: item, node: node.name }),
      });
    }),
});
