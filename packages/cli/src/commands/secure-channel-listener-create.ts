import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array, object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { requiredArgument, text, texts } from "../option.ts";
import { parseServiceReference } from "../service-reference.ts";

export const secureChannelListenerCreate: Command = defineCommand({
  summary: "Accept secure channels at an address of a node",
  description: "Without a node there, the default node is created first.",
  examples: [
    "secure-channel-listener create partners --at n1 --authorized I74a6ab24e3bc0a3a8c0c10d9e3dc4fc0c6d6a5ae4a9a3ea2d9b3a51e8b1fba2d",
  ],
  json: array(object({ address: string("/service/ADDRESS") }), "always one"),
  pipe: "`/service/ADDRESS`",
  positionals: { address: requiredArgument("Its address") },
  options: {
    at: AT,
    authorized: texts("IDENTIFIER", "Accept only this identity; repeatable", { short: "a" }),
    identity: text("IDENTITY", "The own identity", { fallback: "that of the node" }),
  },
  run: ({ address, at, authorized, identity }, terminal) =>
    withNode({ at, terminal, create: true }, async (node) => {
      const listener = await node.call("secure-channel-listener.create", {
        address: parseServiceReference(address),
        ...(authorized.length === 0 ? {} : { authorized }),
        ...(identity === undefined ? {} : { identity }),
      });
      return {
        // An array of one, as scripts for Rust's command expect.
        json: () => [{ address: listener.service }],
        machine: listener.service,
        plain: (style) =>
          style.success(
            `Secure Channel Listener at ${style.name(`/node/${node.name}${listener.service}`)} created`,
          ),
      };
    }),
});
