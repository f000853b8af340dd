import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { SECURE_CHANNEL, renderSecureChannel } from "../render/secure-channel.ts";

export const secureChannelList: Command = defineCommand({
  summary: "List the secure channels of a node",
  examples: ["secure-channel list --at n1"],
  json: array(SECURE_CHANNEL),
  options: { at: AT },
  run: ({ at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const channels = await node.call("secure-channel.list", {});
      return {
        json: () => channels,
        plain: (style) =>
          channels.length === 0
            ? style.info(`There are no secure channels at ${style.name(node.name)}`)
            : channels.map((channel) => renderSecureChannel(channel, style)).join("\n"),
      };
    }),
});
