import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { TRANSPORT, renderTransport } from "../render/transport.ts";
import { plainResult } from "../result.ts";

export const tcpConnectionList: Command = defineCommand({
  summary: "List the TCP connections of a node, also those of its channels and inlets",
  examples: ["tcp-connection list --at n1"],
  json: array(TRANSPORT),
  pipe: "the same as at a terminal",
  options: { at: AT },
  run: ({ at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const connections = await node.call("tcp-connection.list", {});
      return plainResult(connections, (style) =>
        connections.length === 0
          ? style.info(`There are no TCP connections at ${style.name(node.name)}`)
          : connections.map((one) => renderTransport(one, style)).join("\n"),
      );
    }),
});
