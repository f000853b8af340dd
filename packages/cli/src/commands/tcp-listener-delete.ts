import { defineCommand, type Command } from "../command.ts";
import { AT, YES } from "../common-options.ts";
import { object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { requiredArgument } from "../option.ts";

export const tcpListenerDelete: Command = defineCommand({
  summary: "Stop listening at an address; connections stay",
  examples: ["tcp-listener delete 127.0.0.1:4000 --at n2 --yes"],
  json: object({ node: string(), address: string() }),
  positionals: { address: requiredArgument("Its socket address, HOST:PORT") },
  options: { at: AT, yes: YES },
  run: ({ address, at, yes }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      // An unknown address fails before anybody is asked.
      await node.call("tcp-listener.show", { address });
      if (!(await terminal.confirm(`Delete the TCP listener ${address}?`, yes))) return undefined;
      await node.call("tcp-listener.delete", { address });
      return {
        json: () => ({ node: node.name, address }),
        plain: (style) => style.success(`The TCP listener ${style.name(address)} was deleted`),
      };
    }),
});
