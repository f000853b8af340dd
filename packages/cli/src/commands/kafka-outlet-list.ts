import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { KAFKA_OUTLET, describeKafkaOutlet, renderKafkaOutlet } from "../render/kafka-outlet.ts";

export const kafkaOutletList: Command = defineCommand({
  summary: "List the Kafka outlets of a node",
  examples: ["kafka-outlet list --at n1"],
  json: array(KAFKA_OUTLET),
  options: { at: AT },
  run: ({ at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const outlets = await node.call("kafka-outlet.list", {});
      return {
        json: () => outlets.map(describeKafkaOutlet),
        plain: (style) =>
          outlets.length === 0
            ? style.info(`There are no Kafka outlets at ${style.name(node.name)}`)
            : outlets.map((outlet) => renderKafkaOutlet(outlet, style)).join("\n"),
      };
    }),
});
