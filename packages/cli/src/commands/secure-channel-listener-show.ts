import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { withNode } from "../node-access.ts";
import { requiredArgument } from "../option.ts";
import { SECURE_CHANNEL_LISTENER } from "../render/secure-channel-listener.ts";
import { parseServiceReference } from "../service-reference.ts";

export const secureChannelListenerShow: Command = defineCommand({
  summary: "Show a secure channel listener",
  examples: ["secure-channel-listener show partners --at n1"],
  json: SECURE_CHANNEL_LISTENER,
  pipe: "`/service/ADDRESS`",
  positionals: { address: requiredArgument("Its address") },
  options: { at: AT },
  run: ({ address, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const listener = await node.call("secure-channel-listener.show", {
        address: parseServiceReference(address),
      });
      const authorized = listener.authorized_identifiers ?? ["anyone"];
      return {
        json: () => listener,
        machine: listener.service,
        plain: (style) =>
          [
            style.row(`Listener at ${style.name(listener.service)}`),
            style.row(`  as ${listener.identifier}`),
            style.row(`  for ${authorized.join(", ")}`),
          ].join("\n"),
      };
    }),
});
