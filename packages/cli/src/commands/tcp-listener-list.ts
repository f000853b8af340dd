import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { TRANSPORT, renderTransport } from "../render/transport.ts";
import { plainResult } from "../result.ts";

export const tcpListenerList: Command = defineCommand({
  summary: "List the TCP listeners of a node",
  examples: ["tcp-listener list --at n2"],
  json: array(TRANSPORT),
  pipe: "the same as at a terminal",
  options: { at: AT },
  run: ({ at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const listeners = await node.call("tcp-listener.list", {});
      return plainResult(listeners, (style) =>
        listeners.length === 0
          ? style.info(`There are no TCP listeners at ${style.name(node.name)}`)
          : listeners.map((one) => renderTransport(one, style)).join("\n"),
      );
    }),
});
