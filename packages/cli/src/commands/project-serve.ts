import { OckamError } from "@ockam/codec";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { readTicketSource } from "../enrolment.ts";
import { RELAY_NAME } from "../hosting/first-tickets.ts";
import { PROJECT_PORT } from "../hosting/hosting-plan.ts";
import { findPublicHost, THIS_MACHINE } from "../hosting/public-host.ts";
import { serveProject, type ServedProject } from "../hosting/serve-project.ts";
import { object, string } from "../json-shape.ts";
import { startNode } from "../node-access.ts";
import { argument, parsed, text } from "../option.ts";
import { parsePort } from "../port.ts";
import { takeTicketVariable } from "../process-arguments.ts";
import type { Result } from "../result.ts";

export const projectServe: Command = defineCommand({
  summary: "Host the relay of a project whose authority is on another machine",
  description:
    "The ticket is the first one that 'ockam project create --only-authority' prints. The node becomes a member, " +
    "starts in the background, and tells the authority how the others reach it. It comes back with 'ockam node start'. " +
    "Run it again with the same ticket when the machine has another address.",
  notes: [
    "```sh\nauthority$ ockam project create --only-authority --address authority.example.com\nrelay$     ockam project serve --address relay.example.com\n```",
  ],
  examples: [
    "project serve --address relay.example.com",
    "project serve - --address 192.0.2.1 < node.ticket",
  ],
  json: object({
    project: object({ name: string() }),
    node: object({ node: string(), address: string("HOST:PORT where it listens") }),
    access_route: string("the route by which the others reach it"),
  }),
  pipe: "the node's name",
  positionals: {
    ticket: argument(
      "The ticket: a file, a URL, - for standard input, or the ticket itself. Without it ENROLLMENT_TICKET, or what is pasted at a terminal",
    ),
  },
  options: {
    address: text("HOST", "The name or IP address by which others find this machine", {
      fallback: "127.0.0.1: nobody else does",
    }),
    port: parsed("PORT", "Where the relay listens", parsePort, { fallback: String(PROJECT_PORT) }),
  },
  async run({ address, port = PROJECT_PORT, ...values }, terminal) {
    const typed = values.ticket ?? takeTicketVariable() ?? (await terminal.ask("Paste the ticket:"));
    if (typed === undefined || typed === "") throw noTicket("There is no ticket");
    const ticket = await readTicketSource(typed, terminal);
    if (ticket.kind !== "short") throw noTicket("The ticket is one for members");
    const host = address === undefined ? THIS_MACHINE : await findPublicHost(address);
    using state = openState();
    return served(
      await serveProject(
        { state, terminal, start: (options) => startNode(terminal, options) },
        { ticket, host, port },
      ),
    );
  },
});

function served({ accessRoute, name, node }: ServedProject): Result {
  return {
    json: () => ({
      project: { name },
      node: { node: node.name, address: node.tcpListenerAddress },
      access_route: accessRoute,
    }),
    machine: node.name,
    plain: (style) =>
      [
        style.success(
          `The relay of the project ${style.name(name)} is up: members reach it at ${style.name(accessRoute)}`,
        ),
        style.info(
          `Tickets for them, on the authority's machine: ${style.name(`ockam project ticket --relay ${RELAY_NAME}`)} for ` +
            `a service, ${style.name("ockam project ticket")} for a client`,
        ),
      ].join("\n"),
  };
}

function noTicket(what: string): OckamError {
  return new OckamError("OCKAM_CLI_NO_TICKET", what, {
    details: {
      hint: "'ockam project create --only-authority' on the authority's machine prints the right one",
    },
  });
}
