import { isOckamError } from "@ockam/codec";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { readTicketAs } from "../enrolment.ts";
import { startNode } from "../node-access.ts";
import { argument, parsed, text } from "../option.ts";
import { awaitService } from "../portal/await-service.ts";
import { offerService } from "../portal/offer-service.ts";
import type { OpenedPortal } from "../portal/opened-portal.ts";
import type { PortalGround } from "../portal/portal-ground.ts";
import { PORTAL, portalResult } from "../portal/portal-result.ts";
import { readPortalTicket } from "../portal/portal-ticket.ts";
import { looksLikeAddress, parsePortalAddress, portalNameOf } from "../portal/portal-words.ts";
import { redeemPortal } from "../portal/redeem-portal.ts";
import { takeTicketVariable } from "../process-arguments.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage-error.ts";

export const portal: Command = defineCommand({
  summary: "Reach a service of another machine at a port of this one: two machines, a command on each",
  description:
    "On the machine of the service, with the port of the service, or its HOST:PORT: makes what is missing, and prints the " +
    "command for the other machine, with a ticket that admits this one machine to this one service. On the other machine, " +
    "with that ticket: listens on the same port, and says where clients are to connect. Where only the machine of the " +
    "clients can be reached by the other one, begin there, with --from.",
  examples: ["portal 5432", "portal db.internal:5432 postgres", "portal --from 15432 5432"],
  notes: [
    "On the machine of the service it stands for `project create`, unless that machine hosts a project already or may make the tickets of one, `tcp-outlet create --allow`, `relay create` and `project ticket`; on the other machine for `project enroll`, `node create` and `tcp-inlet create`. The commands of these groups show and change what was made.",
    "Each ticket makes an identity and a node of its own, called `portal-NAME-` and six digits. Given again on the same machine it starts what has stopped and makes what is missing; anywhere else it is worth nothing any more. `project-member list` on the machine of the project shows who has redeemed one, and `project-member delete` shuts it out at once. Tickets are told of in [protocol/projects.md](protocol/projects.md#tickets-of-portals).",
    "To be pasted nowhere, a ticket goes through `ssh`: `ockam portal 5432 | ssh client ockam portal -`.",
  ],
  json: PORTAL,
  pipe: "the ticket for the other machine; on the other machine, where the inlet listens or the service is",
  positionals: {
    serviceOrTicket: argument(
      "The service, PORT or HOST:PORT; or the ticket: itself, a file, or - for standard input",
    ),
    nameOrPort: argument("With a service: a name for the portal. With a ticket: another PORT or HOST:PORT"),
  },
  options: {
    from: parsed(
      "PORT",
      "Begin here: clients connect to this port, and the other machine has the service",
      parsePortalAddress,
    ),
    address: text("HOST", "The name or IP address by which the other machine reaches this one", {
      fallback: "asked for, when it matters",
    }),
  },
  async run({ address, from, nameOrPort: more, serviceOrTicket }, terminal) {
    const variable = takeTicketVariable();
    using state = openState();
    const ground = {
      state,
      terminal,
      start: (options) => startNode(terminal, options),
    } satisfies PortalGround;
    const typed =
      serviceOrTicket ?? variable ?? (from === undefined ? await askForWhat(terminal) : undefined);
    const service = typed !== undefined && looksLikeAddress(typed) ? parsePortalAddress(typed) : undefined;
    if (from !== undefined) {
      if (typed !== undefined && service === undefined)
        throw usageError("--from does not go with a ticket", "give the port behind the ticket");
      const there = service ?? { ...from, host: "127.0.0.1" };
      const name = portalNameOf(there, more);
      return portalResult(await awaitService(ground, { from, service: there, name, address }));
    }
    if (service !== undefined) {
      const name = portalNameOf(service, more);
      return portalResult(await offerService(ground, { service, name, address }));
    }
    if (address !== undefined)
      throw usageError("--address does not go with a ticket", "a port, or HOST:PORT, goes behind the ticket");
    return portalResult(await redeem(ground, typed ?? "", more));
  },
});

async function redeem(ground: PortalGround, typed: string, more: string | undefined): Promise<OpenedPortal> {
  const address = more === undefined ? undefined : parsePortalAddress(more);
  try {
    const ticket = await readTicketAs(typed, ground.terminal, readPortalTicket);
    return await redeemPortal(ground, ticket, address);
  } catch (error) {
    if (!isOckamError(error, "OCKAM_CLI_NO_SUCH_TICKET")) throw error;
    throw usageError(
      `'${typed}' is neither a service, nor a ticket, nor a file with one`,
      "give the PORT or HOST:PORT of a service that this machine reaches, or the ticket that the other machine printed",
    );
  }
}

async function askForWhat(terminal: Terminal): Promise<string> {
  const answer = await terminal.ask(
    "Paste the ticket of the other machine, or type the port of the service:",
  );
  if (answer !== undefined && answer !== "") return answer;
  throw usageError(
    "there is neither a service nor a ticket",
    "'ockam portal PORT' on the machine of the service prints what to type on the other one",
  );
}
