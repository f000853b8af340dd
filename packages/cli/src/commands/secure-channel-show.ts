import type { SecureChannelStatus } from "@ockam/node";

import { defineCommand, type Command } from "../command.ts";
import { withMessenger } from "../messenger.ts";
import { withNode } from "../node-access.ts";
import { duration, required, text } from "../option.ts";
import { SECURE_CHANNEL, renderSecureChannel } from "../render/secure-channel.ts";
import type { Terminal } from "../terminal.ts";

const PROBE_TIMEOUT = 10_000;

export const secureChannelShow: Command = defineCommand({
  summary: "Show a secure channel of a node, or who answers at the end of a route",
  description:
    "/node/NODE/service/ID shows a channel of that node. A route to a listener, like " +
    "/dnsaddr/db.example/tcp/4000/service/api, opens a channel, shows its peer and closes it.",
  examples: [
    "secure-channel show --at /node/n1/service/0123456789abcdef0123456789abcdef",
    "secure-channel show --at /ip4/127.0.0.1/tcp/4000/service/api",
  ],
  json: SECURE_CHANNEL,
  options: {
    at: required(text("ROUTE", "The channel or the listener", { route: true })),
    identity: text("IDENTITY", "The own identity for the probe", { fallback: "the default identity" }),
    timeout: duration("How long to wait for an answer", { fallback: "10s" }),
  },
  async run({ at, identity, timeout = PROBE_TIMEOUT }, terminal) {
    const [, node, address] = /^\/node\/([^/]+)(\/service\/[^/]+)$/.exec(at) ?? [];
    const channel =
      node === undefined || address === undefined
        ? await probe(at, identity, timeout, terminal)
        : await withNode({ at: node, terminal }, (found) =>
            found.call("secure-channel.show", { address }, { timeout }),
          );
    return { json: () => channel, plain: (style) => renderSecureChannel(channel, style) };
  },
});

function probe(
  to: string,
  identity: string | undefined,
  timeout: number,
  terminal: Terminal,
): Promise<SecureChannelStatus> {
  return withMessenger({ from: undefined, identity, terminal }, (messenger) =>
    messenger.call(
      "secure-channel.probe",
      { to, timeout, ...(identity === undefined ? {} : { identity }) },
      { timeout },
    ),
  );
}
