import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { withNode } from "../node-access.ts";
import { requiredArgument } from "../option.ts";
import { TRANSPORT, renderTransportDetails } from "../render/transport.ts";
import { plainResult } from "../result.ts";

export const tcpConnectionShow: Command = defineCommand({
  summary: "Show a TCP connection",
  examples: ["tcp-connection show 127.0.0.1:4000 --at n1"],
  json: TRANSPORT,
  pipe: "the same as at a terminal",
  positionals: { address: requiredArgument("Its socket address, HOST:PORT, or its /worker/ID") },
  options: { at: AT },
  run: ({ address, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const connection = await node.call("tcp-connection.show", { address });
      return plainResult(connection, (style) => renderTransportDetails(connection, style));
    }),
});
