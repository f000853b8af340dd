import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { KAFKA_INLET, describeKafkaInlet, renderKafkaInlet } from "../render/kafka-inlet.ts";

export const kafkaInletList: Command = defineCommand({
  summary: "List the Kafka inlets of a node",
  examples: ["kafka-inlet list"],
  json: array(KAFKA_INLET),
  options: { at: AT },
  run: ({ at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const inlets = await node.call("kafka-inlet.list", {});
      return {
        json: () => inlets.map(describeKafkaInlet),
        plain: (style) =>
          inlets.length === 0
            ? style.info(`There are no Kafka inlets at ${style.name(node.name)}`)
            : inlets.map((inlet) => renderKafkaInlet(inlet, style)).join("\n"),
      };
    }),
});
