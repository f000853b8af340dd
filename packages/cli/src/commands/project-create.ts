import { openState } from "@ockam/node/state";

import { credentialLifetime, credentialLifetimeOption } from "../credential-lifetime.ts";
import { defineCommand, type Command } from "../command.ts";
import { UNUSED_IDENTITY } from "../common-options.ts";
import { makeFirstTickets } from "../hosting/first-tickets.ts";
import { hostProject } from "../hosting/host-project.ts";
import { AUTHORITY_PORT, planHosting, PROJECT_PORT } from "../hosting/hosting-plan.ts";
import { hostingResult } from "../hosting/hosting-result.ts";
import { rememberProject } from "../hosting/hosted-record.ts";
import { isLoopback, localRoute, publicRoute } from "../hosting/public-host.ts";
import { nullable, object, optional, string } from "../json-shape.ts";
import { startNode } from "../node-access.ts";
import { argument, flag, parsed, text } from "../option.ts";
import { parsePort } from "../port.ts";

const DEFAULT_NAME = "default";

export const projectCreate: Command = defineCommand({
  summary:
    "Create a project on this machine: a relay for others to meet at, and an authority that says who may",
  description:
    "Both are nodes in the background that come back with 'ockam node start', or when this is run again, which also " +
    "makes new tickets. It prints what to type on the machines of a service and of a client. The default identity " +
    "becomes the project's administrator. Without --address the project is for this machine alone.",
  notes: [
    "Both nodes, `project-<name>` and `authority-<id>`, have identities of the same names, and listen at all addresses of the machine, or at the loopback when `HOST` leads there. The default identity, made when missing, becomes an enroller, and the project the default one. It needs no hosted service. When it fails (the address cannot be resolved, a port is taken, the name is), nothing is left behind.",
    "Run again, it starts what has stopped, completes what was cut short, and makes new tickets; addresses and ports stay, and others than it has are refused. To end a project: `project delete`, and `node delete` for both nodes, which forgets the members.",
    "It prints two tickets, each for one member and for 10 minutes, with what to type next: one with `ockam-relay=default` for the machine of a service, one for that of a client. Further ones are made by `project ticket`.",
  ],
  examples: [
    "project create --address relay.example.com",
    "project create --only-authority --address authority.example.com",
  ],
  json: object({
    project: object({ id: string(), name: string() }),
    authority: object({ node: string(), address: string("HOST:PORT where it listens") }),
    node: nullable(object({ node: string(), address: string("HOST:PORT where it listens") })),
    tickets: object({ node: optional(string()), service: string(), client: string() }),
  }),
  pipe: "the tickets, one a line: of the relay's machine with `--only-authority` as long as that is missing, of the service, of the client",
  positionals: { name: argument(`Its name; ${DEFAULT_NAME} when absent`) },
  options: {
    address: text("HOST", "The name or IP address by which others find this machine", {
      fallback: "127.0.0.1: nobody else does",
    }),
    port: parsed("PORT", "Where the relay listens", parsePort, { fallback: String(PROJECT_PORT) }),
    authorityPort: parsed("PORT", "Where the authority listens", parsePort, {
      fallback: String(AUTHORITY_PORT),
    }),
    authorityAddress: text("HOST", "By which name others find the authority", { fallback: "--address" }),
    credentialLifetime: credentialLifetimeOption("5m; members renew them"),
    onlyAuthority: flag("Leave the relay to another machine: 'ockam project serve' there"),
    identity: UNUSED_IDENTITY,
  },
  async run(values, terminal) {
    using state = openState();
    const { name = DEFAULT_NAME, identity: _, ...order } = values;
    const plan = await planHosting(state, {
      ...order,
      name,
      credentialLifetime: credentialLifetime(order.credentialLifetime),
    });
    const hosting = await hostProject(state, plan, (options) => startNode(terminal, options));
    const { identifier } = state.identities.get(hosting.authority.identityName);
    const { authority } = plan;
    const before = state.projects.findDefault();
    const project = await rememberProject(state, hosting.authority.name, hosting.isNew);
    if (before !== undefined && state.projects.findDefault()?.id !== before.id)
      terminal.warn(
        `${name} is the default project of this machine now, and not ${before.name}: nodes that were made without ` +
          "--project trust its authority from their next start",
      );
    const tickets = await makeFirstTickets(
      {
        state,
        terminal,
        identity: undefined,
        identifier,
        route: `${localRoute(authority.host, authority.port)}/service/api`,
      },
      `${publicRoute(authority.host, authority.port)}/service/api`,
      { forNode: project === undefined },
    );
    return hostingResult(hosting, tickets, { isLocal: isLoopback(authority.host) });
  },
});
