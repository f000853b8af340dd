import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { withNode } from "../node-access.ts";
import { argument, flag, parsed, required, text } from "../option.ts";
import { allowOption, withPolicy } from "../policy-argument.ts";
import { ensureRelay, outletRelay } from "../outlet-relay.ts";
import { DEFAULT_RELAY } from "../project-reach.ts";
import { OUTLET } from "../render/outlet.ts";
import type { Style } from "../style.ts";
import { parseServiceReference } from "../service-reference.ts";
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from "../socket-address.ts";
import { usageError } from "../usage-error.ts";
import { isOn } from "../global-options.ts";
import { PRIVILEGED } from "../unsupported-options.ts";

export const tcpOutletCreate: Command = defineCommand({
  summary: "Make a TCP server reachable through a node",
  description: "Without a node there, the default node is created first.",
  examples: [
    "tcp-outlet create --to 127.0.0.1:5432",
    "tcp-outlet create db --at n1 --to db.internal:5432",
    "tcp-outlet create --from postgres --to 5432 --relay default",
  ],
  json: OUTLET,
  pipe: "`/service/ADDRESS`",
  positionals: { name: argument("Its address; 'outlet' when absent, or a random one if that is taken") },
  options: {
    to: required(parsed("[tls://]HOST:PORT", "The server, resolved at each connection", parseSocketAddress)),
    from: parsed("ADDRESS", "Its address, the same as NAME", parseServiceReference),
    allow: allowOption(
      "Who may use it, by attributes or identifier; whoever comes without a secure channel may not, then",
      "the policy of the type, which asks for a credential; without an authority everybody whom the node's listeners let in, and programs on this machine",
    ),
    relay: text("NAME", "Also register the node at the default project, as this relay, unless it is already"),
    at: AT,
    tls: flag("Speak TLS with the server"),
    skipHandshake: flag("Do not wait for the server before data flows; the inlet must do the same"),
    enableNagle: flag("Let the kernel gather small packets"),
    privileged: PRIVILEGED,
  },
  async run(values, terminal) {
    const { to, at } = values;
    if (to.scheme === "udp") throw usageError("an outlet leads to a TCP server", "leave out udp://");
    if (values.from !== undefined && values.name !== undefined) {
      terminal.warn(`--from ${values.from} counts, not the name ${values.name}`);
    }
    const address =
      values.from ?? (values.name === undefined ? undefined : parseServiceReference(values.name));
    const relay = outletRelay(values.relay);
    return withNode({ at, terminal, create: true }, async (node) => {
      const params = {
        to: formatSocketAddress(to),
        tls: values.tls || to.scheme === "tls",
        skipHandshake: values.skipHandshake || isOn(process.env["OCKAM_TCP_PORTAL_SKIP_HANDSHAKE"]),
        nagle: values.enableNagle || isOn(process.env["OCKAM_TCP_PORTAL_ENABLE_NAGLE"]),
        ...(address === undefined ? {} : { address }),
        ...(values.allow === undefined ? {} : { allow: values.allow }),
      };
      const outlet = await withPolicy(values.allow, () => node.call("tcp-outlet.create", params));
      const undo = () => node.call("tcp-outlet.delete", { name: parseServiceReference(outlet.address) });
      if (relay !== undefined) await ensureRelay(node, relay, terminal, undo);
      const reach = { node: node.name, address: outlet.address, relay: values.relay };
      return {
        json: () => outlet,
        machine: outlet.address,
        plain: (style) =>
          style.success(
            `Created the outlet ${style.name(outlet.address)} at ${style.name(node.name)} to ${style.name(outlet.to)}`,
          ),
        next: (style) => [
          `Reach it with: ${inletCommand(reach, style)}`,
          ...(values.relay === undefined && !params.tls
            ? [
                `From another machine: ${style.name(`ockam portal ${portOrPlace(to)}`)} prints the command for it`,
              ]
            : []),
        ],
      };
    });
  },
});

interface Reach {
  readonly node: string;
  readonly address: string;
  readonly relay: string | undefined;
}

/** As short as `ockam portal` takes it. */
function portOrPlace({ host, port }: SocketAddress): string {
  return host === "127.0.0.1" ? String(port) : formatSocketAddress({ host, port });
}

function inletCommand({ address, node, relay }: Reach, style: Style): string {
  if (relay === undefined)
    return style.name(`ockam tcp-inlet create --to /node/${node}/secure/api${address}`);
  const via = relay === DEFAULT_RELAY ? "" : ` --via ${relay}`;
  return style.name(`ockam tcp-inlet create --to ${parseServiceReference(address)}${via}`);
}
