import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { requiredArgument } from "../option.ts";
import { parseServiceReference } from "../service-reference.ts";

export const secureChannelListenerDelete: Command = defineCommand({
  summary: "Accept no more secure channels at an address; open ones stay",
  examples: ["secure-channel-listener delete partners --at n1"],
  json: object({ address: string("/service/ADDRESS") }),
  pipe: "`0#ADDRESS`",
  positionals: { address: requiredArgument("Its address") },
  options: { at: AT },
  run: ({ address: typed, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const address = parseServiceReference(typed);
      await node.call("secure-channel-listener.delete", { address });
      return {
        json: () => ({ address: `/service/${address}` }),
        machine: `0#${address}`,
        plain: (style) => style.success(`The secure channel listener ${style.name(address)} was deleted`),
      };
    }),
});
