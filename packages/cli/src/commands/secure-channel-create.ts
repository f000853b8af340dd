import { defineCommand, type Command } from "../command.ts";
import { defaultTimeout } from "../default-timeout.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { parseNodeReference } from "../node-reference.ts";
import { parsed, required, text, texts } from "../option.ts";
import { SECURE_CHANNEL } from "../render/secure-channel.ts";

export const secureChannelCreate: Command = defineCommand({
  summary: "Open a secure channel from a node to a listener, and print its address",
  description:
    "Put the address at the beginning of a route, or pipe it into a command with a `-` in its route. Without a node there, the default node is created first.",
  examples: [
    "secure-channel create --from n1 --to /node/n2/service/api",
    "secure-channel create --from n1 --to /node/n2/service/api | ockam message send hi --from n1 --to -/service/echo",
  ],
  json: array(SECURE_CHANNEL, "always one"),
  pipe: "`/service/ID`",
  options: {
    from: parsed("NODE", "The node that opens it", parseNodeReference, { fallback: "the default node" }),
    to: required(text("ROUTE", "The listener, like /node/n2/service/api", { route: true })),
    authorized: texts("IDENTIFIER", "Accept only this identity as the peer; repeatable", { short: "a" }),
    identity: text("IDENTITY", "The own identity", { fallback: "that of the node" }),
    credential: text("HEX", "A credential to present", { short: "c" }),
  },
  run: (values, terminal) =>
    withNode({ at: values.from, terminal, create: true }, async (node) => {
      terminal.note("Creating Secure Channel...");
      const timeout = defaultTimeout();
      const channel = await node.call(
        "secure-channel.create",
        {
          to: values.to,
          timeout,
          ...(values.authorized.length === 0 ? {} : { authorized: values.authorized }),
          ...(values.identity === undefined ? {} : { identity: values.identity }),
          ...(values.credential === undefined ? {} : { credential: values.credential }),
        },
        { timeout },
      );
      return {
        // An array of one, as scripts for Rust's command expect.
        json: () => [channel],
        machine: channel.address,
        plain: (style) =>
          [
            style.success(`Secure Channel at ${style.name(channel.address)} created successfully`),
            style.row(`From ${style.name(`/node/${node.name}`)} to ${style.name(values.to)}`),
            style.row(`Peer ${style.name(channel.their_identifier)}`),
          ].join("\n"),
      };
    }),
});
