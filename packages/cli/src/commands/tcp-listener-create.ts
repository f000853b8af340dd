import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { extended, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { requiredArgument } from "../option.ts";
import { TRANSPORT } from "../render/transport.ts";
import { plainResult } from "../result.ts";
import { formatSocketAddress, parseSocketAddress } from "../socket-address.ts";

export const tcpListenerCreate: Command = defineCommand({
  summary: "Let other nodes connect to a node at one more address",
  description:
    "Nothing is reachable through it until 'ockam flow-control add-consumer' says what. Without a node there, the default node is created first.",
  examples: ["tcp-listener create 127.0.0.1:4000 --at n2"],
  json: extended(TRANSPORT, { route: string("/dnsaddr/localhost/tcp/PORT") }),
  pipe: "`/dnsaddr/localhost/tcp/PORT`",
  positionals: { address: requiredArgument("Where to listen, HOST:PORT") },
  options: { at: AT },
  run: ({ address, at }, terminal) =>
    withNode({ at, terminal, create: true }, async (node) => {
      const listener = await node.call("tcp-listener.create", {
        address: formatSocketAddress(parseSocketAddress(address)),
      });
      const route = `/dnsaddr/localhost/tcp/${listener.socket_addr.split(":").at(-1)}`;
      return plainResult({ ...listener, route }, (style) => style.name(route));
    }),
});
