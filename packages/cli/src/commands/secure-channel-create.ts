import { defineCommand, type Command } from "../command.ts";
import { defaultTimeout } from "../default-timeout.ts";
import { withNode } from "../node-access.ts";
import { parseNodeReference } from "../node-reference.ts";
import { parsed, required, text, texts } from "../option.ts";

export const secureChannelCreate: Command = defineCommand({
  summary: "Open a secure channel from a node to a listener, and print its address",
  examples: [
    "secure-channel create --from n1 --to /node/n2/service/api",
    "secure-channel create --from n1 --to /node/n2/service/api --authorized I… | " +
      "ockam message send hi --from n1 --to -/service/echo",
  ],
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
