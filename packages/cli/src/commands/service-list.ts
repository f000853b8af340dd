import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { SERVICE } from "../render/service.ts";

export const serviceList: Command = defineCommand({
  summary: "List the services of a node",
  examples: ["service list --at n1"],
  json: array(SERVICE),
  options: { at: AT },
  run: ({ at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const {
        kafka_inlets: inlets,
        kafka_outlets: outlets,
        services: own,
      } = await node.call("node.show", {});
      const services = [
        ...own,
        ...outlets.map(({ name }) => ({ addr: name, type: "kafka_outlet" })),
        ...inlets.map(({ name }) => ({ addr: name, type: "kafka_inlet" })),
      ];
      return {
        json: () => services,
        plain: (style) =>
          services.map((one) => style.row(`${one.type} at ${style.name(`/service/${one.addr}`)}`)).join("\n"),
      };
    }),
});
