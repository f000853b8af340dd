import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { withNode } from "../node-access.ts";
import { requiredArgument } from "../option.ts";
import { TRANSPORT, renderTransportDetails } from "../render/transport.ts";

export const tcpListenerShow: Command = defineCommand({
  summary: "Show a TCP listener",
  examples: ["tcp-listener show 127.0.0.1:4000 --at n2"],
  json: TRANSPORT,
  positionals: { address: requiredArgument("Its socket address, HOST:PORT") },
  options: { at: AT },
  run: ({ address, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const listener = await node.call("tcp-listener.show", { address });
      return { json: () => listener, plain: (style) => renderTransportDetails(listener, style) };
    }),
});
