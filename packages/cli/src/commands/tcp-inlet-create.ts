import type { NamedProject } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { isOn } from "../global-options.ts";
import { withNode } from "../node-access.ts";
import { argument, duration, flag, parsed, text, texts } from "../option.ts";
import { allowOption, withPolicy } from "../policy-argument.ts";
import { chooseProject } from "../project-choice.ts";
import { DEFAULT_RELAY, leadsThroughProject, relayedRoute } from "../project-reach.ts";
import { INLET } from "../render/inlet.ts";
import { formatSocketAddress, parseSocketAddress } from "../socket-address.ts";
import { INLET_OPTIONS, expectTcpInlet } from "../unsupported-options.ts";
import { usageError } from "../usage-error.ts";

const CONNECTION_WAIT = 5000;
const DEFAULT_SERVICE = "outlet";

export const tcpInletCreate: Command = defineCommand({
  summary: "Listen on a TCP port and carry its connections to an outlet",
  description:
    "An inlet whose other side cannot be reached yet is created all the same, and connects as soon as it can.",
  notes: [
    "A route without `/node`, `/ip4`, … begins at the node itself. A bare service name, or no `--to`, leads through the default project and the relay of the node that has the outlet, to `/project/NAME/service/forward_to_RELAY/secure/api/service/SERVICE`: encrypted up to that node. Without a project that is `OCKAM_CLI_NO_PROJECT`.",
    "Without a node there, the default node is created first.",
  ],
  examples: [
    "tcp-inlet create --from 15432 --to postgres",
    "tcp-inlet create --from 15432 --to /node/n1/secure/api/service/outlet",
    "tcp-inlet create db --from 15432 --to /dnsaddr/db.example/tcp/4000/secure/api/service/outlet",
  ],
  json: INLET,
  pipe: "where it listens, `127.0.0.1:15432`",
  positionals: { name: argument("Its name; a random one when absent") },
  options: {
    at: AT,
    from: parsed("HOST:PORT", "Where it listens", parseSocketAddress, {
      fallback: "127.0.0.1 and a free port",
    }),
    to: text(
      "SERVICE|ROUTE",
      "The outlet: its name at the default project, or a route like /node/n1/secure/api/service/outlet",
      { route: true, fallback: DEFAULT_SERVICE },
    ),
    via: text("RELAY", "The relay of the project behind which the outlet is", { fallback: DEFAULT_RELAY }),
    identity: text("IDENTITY", "The identity for the secure channel", { fallback: "that of the node" }),
    authorized: text(
      "IDENTIFIER",
      "Accept only this identity behind /secure/…; not with a project, whose policies say who is accepted",
      { fallback: "any" },
    ),
    allow: allowOption(
      "Whom it may lead to, by attributes or identifier of the outlet's node",
      "the policy of the type, which asks for a credential; without an authority anybody",
    ),
    alias: text("NAME", "", { hidden: true, deprecated: "give the name as the argument" }),
    connectionWait: duration("How long to wait for the outlet to answer", { fallback: "5s" }),
    noConnectionWait: flag("Do not wait for the outlet to answer"),
    retryWait: duration("", { hidden: true }),
    timeout: duration("How long each request to the node may take", { fallback: "OCKAM_DEFAULT_TIMEOUT" }),
    skipHandshake: flag("Do not wait for the outlet before data flows; the outlet must do the same"),
    enableNagle: flag("Let the kernel gather small packets"),
    httpHeader: texts(
      "NAME:VALUE",
      "A header for every HTTP/1.x request, in place of the client's; repeatable. A connection that is not HTTP/1.x is reset",
    ),
    ...INLET_OPTIONS,
  },
  async run(values, terminal) {
    const to = routeTo(values);
    const from = values.from ?? { scheme: "tcp", host: "127.0.0.1", port: 0 };
    expectTcpInlet(from);
    const name = values.name ?? values.alias;
    const params = {
      from: formatSocketAddress(from),
      to,
      connectionWait: values.noConnectionWait ? 0 : (values.connectionWait ?? CONNECTION_WAIT),
      skipHandshake: values.skipHandshake || isOn(process.env["OCKAM_TCP_PORTAL_SKIP_HANDSHAKE"]),
      nagle: values.enableNagle || isOn(process.env["OCKAM_TCP_PORTAL_ENABLE_NAGLE"]),
      ...(name === undefined ? {} : { name }),
      ...(values.httpHeader.length === 0 ? {} : { httpHeaders: values.httpHeader }),
      ...(values.allow === undefined ? {} : { allow: values.allow }),
      ...(values.identity === undefined ? {} : { identity: values.identity }),
      ...(values.authorized === undefined ? {} : { authorized: values.authorized }),
    };
    const request = values.timeout === undefined ? {} : { timeout: values.timeout };
    return withNode({ at: values.at, terminal, create: true }, async (node) => {
      const inlet = await withPolicy(values.allow, () => node.call("tcp-inlet.create", params, request));
      if (inlet.status === "Down") {
        terminal.warn(
          `The outlet does not answer yet: ${inlet.last_failure ?? "no reply"}. The inlet keeps trying`,
        );
      }
      return {
        json: () => inlet,
        machine: inlet.bind_addr,
        plain: (style) =>
          style.success(
            `Created the inlet ${style.name(inlet.alias)} at ${style.name(node.name)}: ` +
              `${style.name(inlet.bind_addr)} leads to ${style.name(inlet.outlet_addr)}`,
          ),
        next: (style) => [
          `Connect to ${style.name(inlet.bind_addr)} as if it were the service. Should that fail, ` +
            `${style.name(`ockam tcp-inlet show ${inlet.alias} --at ${node.name}`)} says why`,
        ],
      };
    });
  },
});

interface Destination {
  readonly to: string | undefined;
  readonly via: string | undefined;
  readonly authorized: string | undefined;
}

function routeTo({ authorized, to = DEFAULT_SERVICE, via }: Destination): string {
  const isRoute = to.startsWith("/");
  if (isRoute && via !== undefined)
    throw usageError("--via does not go with a route in --to, which says it all");
  if (!isRoute && to.includes("/"))
    throw usageError(`'${to}' is neither a service nor a route`, "a route begins with /");
  const route = isRoute ? to : relayedRoute(defaultProject(to), via ?? DEFAULT_RELAY, to);
  if (authorized !== undefined && leadsThroughProject(route)) {
    throw usageError(
      "--authorized does not go with a project: its policies say who is accepted",
      `give --allow ${authorized} instead`,
    );
  }
  return route;
}

function defaultProject(service: string): NamedProject {
  using state = openState();
  return chooseProject(
    state,
    undefined,
    `No projects found: --to ${service} leads through a project, and there is none`,
  );
}
