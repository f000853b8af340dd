import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { itemNamed } from "../named-item.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { KAFKA_OUTLET, describeKafkaOutlet, renderKafkaOutlet } from "../render/kafka-outlet.ts";
import { emptyResult } from "../result.ts";
import { DEFAULT_KAFKA_OUTLET } from "./kafka-outlet-create.ts";

export const kafkaOutletShow: Command = defineCommand({
  summary: "Show a Kafka outlet, and the brokers that it has found",
  examples: ["kafka-outlet show --at n1"],
  json: KAFKA_OUTLET,
  positionals: { name: argument(`Its name; '${DEFAULT_KAFKA_OUTLET}' or the only one when absent`) },
  options: { at: AT },
  run: ({ name, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const outlets = await node.call("kafka-outlet.list", {});
      if (outlets.length === 0) return emptyResult(`There are no Kafka outlets at ${node.name}`);
      const outlet = await itemNamed(name, outlets, {
        terminal,
        kind: "Kafka outlet",
        fallback: DEFAULT_KAFKA_OUTLET,
      });
      return {
        json: () => describeKafkaOutlet(outlet),
        plain: (style) => renderKafkaOutlet(outlet, style),
      };
    }),
});
