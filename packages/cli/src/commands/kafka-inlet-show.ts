import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { itemNamed } from "../named-item.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { KAFKA_INLET, describeKafkaInlet, renderKafkaInlet } from "../render/kafka-inlet.ts";
import { emptyResult } from "../result.ts";
import { DEFAULT_KAFKA_INLET } from "./kafka-inlet-create.ts";

export const kafkaInletShow: Command = defineCommand({
  summary: "Show a Kafka inlet, and why it is down if it is",
  examples: ["kafka-inlet show"],
  json: KAFKA_INLET,
  positionals: { name: argument(`Its name; '${DEFAULT_KAFKA_INLET}' or the only one when absent`) },
  options: { at: AT },
  run: ({ name, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const inlets = await node.call("kafka-inlet.list", {});
      if (inlets.length === 0) return emptyResult(`There are no Kafka inlets at ${node.name}`);
      const inlet = await itemNamed(name, inlets, {
        terminal,
        kind: "Kafka inlet",
        fallback: DEFAULT_KAFKA_INLET,
      });
      return {
        json: () => describeKafkaInlet(inlet),
        plain: (style) => renderKafkaInlet(inlet, style),
      };
    }),
});
