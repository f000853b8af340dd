import { defineCommand, type Command } from "../command.ts";
import { AT, YES } from "../common-options.ts";
import { object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { requiredArgument } from "../option.ts";

export const tcpConnectionDelete: Command = defineCommand({
  summary: "Close a TCP connection",
  examples: ["tcp-connection delete 127.0.0.1:4000 --at n1 --yes"],
  json: object({ address: string("as it was given") }),
  positionals: { address: requiredArgument("Its socket address, HOST:PORT, or its /worker/ID") },
  options: { at: AT, yes: YES },
  async run({ address, at, yes }, terminal) {
    if (!(await terminal.confirm(`Close the TCP connection ${address}?`, yes))) return undefined;
    return withNode({ at, terminal }, async (node) => {
      await node.call("tcp-connection.delete", { address });
      return {
        json: () => ({ address }),
        plain: (style) => style.success(`The TCP connection ${style.name(address)} was closed`),
      };
    });
  },
});
