import { isOckamError, OckamError } from "@ockam/codec";
import type { Attributes } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";
import type { NamedProject } from "@ockam/node";

import { ENROLLER } from "../attribute-arguments.ts";
import { authorityOf, withAuthority } from "../authority-access.ts";
import { renewMembership } from "../enrolment.ts";
import type { PortalGround } from "./portal-ground.ts";
import { holderAttributes } from "./portal-rights.ts";
import { formatPortalTicket, type PortalTicket } from "./portal-ticket.ts";

/** Somebody who may make the tickets of portals. */
export interface TicketMaker {
  readonly project: NamedProject;
  /** Name of its identity. */
  readonly identity: string;
  /** What the relays of portals that begin at this machine have in their names: nobody else has it. */
  readonly mark: string;
  /** The relay that it may register; undefined: any. */
  readonly relay: string | undefined;
}

/** How much of an identifier tells machines apart, in hex digits. */
const MARK_LENGTH = 8;

/**
 * Makes sure that the default identity may make tickets.
 * @throws OckamError OCKAM_CLI_NO_TICKETS_HERE when it may not, those of `withAuthority`
 */
export async function ticketMaker(ground: PortalGround, project: NamedProject): Promise<TicketMaker> {
  const { identifier, name: identity } = await ground.state.identities.getDefault();
  const attributes = await attributesOf(ground, project, identity);
  const [role, enroller] = ENROLLER;
  const relay = attributes?.text("ockam-relay");
  if (attributes?.text(role) !== enroller || relay === undefined) throw noTicketsHere(project, identifier);
  const mark = identifier.hex.slice(0, MARK_LENGTH);
  return { project, identity, mark, relay: relay === "*" ? undefined : relay };
}

/** What the authority attests of an identity; undefined: it is no member. */
async function attributesOf(
  { state, terminal }: PortalGround,
  project: NamedProject,
  identity: string,
): Promise<Attributes | undefined> {
  try {
    return (await renewMembership(terminal, state, { project, identity })).credential?.attributes;
  } catch (error) {
    const isRefused = isOckamError(error, "OCKAM_CLI_AUTHORITY_REFUSED");
    if (isRefused && /unauthorized member/i.test(String(error.details["reason"]))) return undefined;
    throw error;
  }
}

function noTicketsHere({ name }: NamedProject, identifier: Identifier): OckamError {
  return new OckamError(
    "OCKAM_CLI_NO_TICKETS_HERE",
    `The project ${name} is another machine's, and this one may not let others in`,
    {
      details: {
        hint:
          "'ockam portal --from PORT' on the machine that made the project prints the command for this one; or let it " +
          `make tickets: 'ockam project-member add ${identifier.toString()} --enroller --relay "*"' there`,
      },
    },
  );
}

/** Has the authority make the one-time code, and writes the ticket around it. @throws OckamError of `withAuthority` */
export async function makePortalTicket(
  { state, terminal }: PortalGround,
  { identity, project }: TicketMaker,
  purpose: Omit<PortalTicket, "ticket">,
): Promise<string> {
  const choice = { state, terminal, identity, ...authorityOf(project) };
  const attributes = holderAttributes(purpose, purpose.end);
  const oneTimeCode = await withAuthority(choice, (client) => client.createToken({ attributes }));
  const { authorityIdentifier, authorityRoute } = project;
  return formatPortalTicket({
    ...purpose,
    ticket: { kind: "short", oneTimeCode, authorityIdentifier, authorityRoute },
  });
}
