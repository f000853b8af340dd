import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { requiredArgument } from "../option.ts";

export const flowControlAddConsumer: Command = defineCommand({
  summary: "Let what arrives through a listener or channel reach a worker",
  examples: ["flow-control add-consumer 0123456789abcdef0123456789abcdef /service/outlet --at n1"],
  json: object({ flow_control_id: string(), address: string() }),
  pipe: "nothing",
  positionals: {
    flowControlId: requiredArgument("The id, as 'tcp-listener show' prints it"),
    address: requiredArgument("The worker, like /service/outlet"),
  },
  options: { at: AT },
  run: ({ flowControlId, address, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      await node.call("flow-control.add-consumer", { flowControlId, address });
      return {
        json: () => ({ flow_control_id: flowControlId, address }),
        machine: "",
        plain: (style) => style.success(`${style.name(address)} can be reached through ${flowControlId}`),
      };
    }),
});
