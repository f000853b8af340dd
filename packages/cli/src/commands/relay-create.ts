import type { NamedProject } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { withNode } from "../node-access.ts";
import { parseNodeReference } from "../node-reference.ts";
import { argument, duration, flag, parsed, text } from "../option.ts";
import { chooseProject } from "../project-choice.ts";
import { DEFAULT_RELAY, leadsThroughProject, projectRoute } from "../project-reach.ts";
import { RELAY } from "../render/relay.ts";
import { retried, RETRY_OPTIONS } from "../retry.ts";
import { usageError } from "../usage-error.ts";

const CONNECTION_WAIT = 5000;

export const relayCreate: Command = defineCommand({
  summary: "Register a relay at another node, through which this one is reached",
  description:
    "A relay whose node does not answer yet is created all the same, and registers as soon as it can; one that is refused is not created. With /secure/api in --at only this node's identity can take over the name: use it across a network. Without a node there, the default node is created first.",
  examples: [
    "relay create web",
    "relay create bank --to bank --at /node/relay",
    "relay create bank --to bank --at /dnsaddr/relay.example/tcp/4000/secure/api",
  ],
  json: RELAY,
  pipe: "`/service/forward_to_NAME`, which takes the place of `-` in `/node/relay/-/secure/api/service/outlet`",
  positionals: { name: argument(`Its name; ${DEFAULT_RELAY} when absent`) },
  options: {
    to: parsed("NODE", "The node that is reached through it", parseNodeReference, {
      fallback: "the default node",
    }),
    at: text(
      "NODE|ROUTE",
      "The node that hosts it: NAME, /node/NAME, /project/NAME or /dnsaddr/HOST/tcp/PORT",
      {
        route: true,
        fallback: "the default project",
      },
    ),
    authorized: text("IDENTIFIER", "Accept only this identity behind /secure/…", { fallback: "any" }),
    relayAddress: text("NAME", "It is at forward_to_NAME over there", { fallback: "the relay's name" }),
    connectionWait: duration("How long to wait for the node that hosts it", { fallback: "5s" }),
    noConnectionWait: flag("Do not wait for the node that hosts it"),
    retryWait: duration("", { hidden: true }),
    timeout: duration("How long each request to the node may take", { fallback: "OCKAM_DEFAULT_TIMEOUT" }),
    projectRelay: flag("", { hidden: true, deprecated: "it has no effect: --at says where the relay is" }),
    ...RETRY_OPTIONS,
  },
  async run(values, terminal) {
    const at = routeTo(values);
    const name = values.name ?? DEFAULT_RELAY;
    const address = values.relayAddress ?? name;
    const params = {
      name,
      at,
      address,
      connectionWait: values.noConnectionWait ? 0 : (values.connectionWait ?? CONNECTION_WAIT),
      ...(values.authorized === undefined ? {} : { authorized: values.authorized }),
    };
    const request = values.timeout === undefined ? {} : { timeout: values.timeout };
    return withNode({ at: values.to, terminal, create: true }, async (node) => {
      const relay = await retried(values, terminal, () => node.call("relay.create", params, request));
      if (relay.connection_status === "Down") {
        const reason = relay.last_failure ?? "no answer yet";
        terminal.warn(`The relay is not registered yet: ${reason}. The node keeps trying`);
      }
      const service = `/service/forward_to_${address}`;
      return {
        json: () => relay,
        machine: service,
        plain: (style) =>
          style.success(
            `Created the relay ${style.name(name)}: ${style.name(relay.destination_address + service)} ` +
              `leads to ${style.name(`/node/${node.name}`)}`,
          ),
        next: (style) => [
          `Reach an outlet behind it with: ${style.name(`ockam tcp-inlet create --to ${relay.destination_address}${service}/secure/api/service/OUTLET`)}`,
        ],
      };
    });
  },
});

function routeTo({ at, authorized }: { at: string | undefined; authorized: string | undefined }): string {
  const route = at === undefined ? projectRoute(defaultProject()) : at.startsWith("/") ? at : `/node/${at}`;
  if (authorized !== undefined && leadsThroughProject(route)) {
    throw usageError(
      "--authorized does not go with a project: its record says who its node is",
      "leave out --authorized",
    );
  }
  return route;
}

function defaultProject(): NamedProject {
  using state = openState();
  return chooseProject(
    state,
    undefined,
    "There is no default project defined. Please enroll or create a project",
  );
}
