import { defineCommand, type Command } from "../command.ts";
import { AT, YES } from "../common-options.ts";
import { array, object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { requiredArgument } from "../option.ts";
import { plainResult } from "../result.ts";
import { parseServiceReference } from "../service-reference.ts";

export const secureChannelDelete: Command = defineCommand({
  summary: "Close a secure channel",
  examples: ["secure-channel delete /service/0123456789abcdef0123456789abcdef --at n1 --yes"],
  json: array(object({ address: string("/service/ID") }), "always one"),
  pipe: "the address",
  positionals: { address: requiredArgument("Its address, as 'secure-channel create' printed it") },
  options: { at: AT, yes: YES },
  async run({ address: typed, at, yes }, terminal) {
    const address = `/service/${parseServiceReference(typed)}`;
    if (!(await terminal.confirm(`Close the secure channel ${address}?`, yes))) return undefined;
    return withNode({ at, terminal }, async (node) => {
      await node.call("secure-channel.delete", { address });
      return {
        ...plainResult([{ address }], () => address),
        plain: (style) =>
          style.success(`The secure channel ${style.name(address)} of ${style.name(node.name)} was closed`),
      };
    });
  },
});
