import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { SECURE_CHANNEL_LISTENER } from "../render/secure-channel-listener.ts";
import { plainResult } from "../result.ts";

export const secureChannelListenerList: Command = defineCommand({
  summary: "List the secure channel listeners of a node",
  examples: ["secure-channel-listener list --at n1"],
  json: array(SECURE_CHANNEL_LISTENER),
  pipe: "the same as at a terminal",
  options: { at: AT },
  run: ({ at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const listeners = await node.call("secure-channel-listener.list", {});
      return plainResult(listeners, (style) =>
        listeners.length === 0
          ? style.info(`There are no secure channel listeners at ${style.name(node.name)}`)
          : listeners.map((one) => style.row(`Listener at ${style.name(one.service)}`)).join("\n"),
      );
    }),
});
