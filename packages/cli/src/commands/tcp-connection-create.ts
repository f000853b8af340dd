import { defineCommand, type Command } from "../command.ts";
import { defaultTimeout } from "../default-timeout.ts";
import { object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { parseNodeReference } from "../node-reference.ts";
import { parsed, required } from "../option.ts";
import { formatSocketAddress, parseSocketAddress } from "../socket-address.ts";

export const tcpConnectionCreate: Command = defineCommand({
  summary: "Connect a node to another, and print the address to route messages through",
  description: "Without a node there, the default node is created first.",
  examples: ["tcp-connection create --from n1 --to 127.0.0.1:4000"],
  json: object({ from: string("the node"), to: string("HOST:PORT"), address: string("/worker/ID") }),
  pipe: "`/worker/ID`",
  options: {
    to: required(parsed("HOST:PORT", "Where the other node listens", parseSocketAddress, { short: "t" })),
    from: parsed("NODE", "The node that connects", parseNodeReference, { fallback: "the default node" }),
  },
  run: (values, terminal) =>
    withNode({ at: values.from, terminal, create: true }, async (node) => {
      const timeout = defaultTimeout();
      const to = formatSocketAddress(values.to);
      const connection = await node.call("tcp-connection.create", { to, timeout }, { timeout });
      const address = `/worker/${connection.worker_addr}`;
      return {
        json: () => ({ from: node.name, to, address }),
        machine: address,
        plain: (style) =>
          [
            style.success(`Created a TCP connection from ${style.name(node.name)} to ${style.name(to)}`),
            style.row(`Address ${style.name(address)}`),
            style.info(
              `Use it with: ${style.name(`ockam message send hi --from ${node.name} --to ${address}/service/echo`)}`,
            ),
          ].join("\n"),
      };
    }),
});
