// Becoming a member of a project. docs/protocol/projects.md, "Enrolment".
import type { AuthorityClient, CallOptions } from "@ockam/authority";
import { isOckamError, OckamError } from "@ockam/codec";
import { verifyCredential, type Credential } from "@ockam/credentials";
import type { NamedProject, State } from "@ockam/node";
import { memberScope, openState } from "@ockam/node/state";
import { readTicket, type Project, type Ticket } from "@ockam/project";

import { authorityOf, withAuthority } from "./authority-access.ts";
import { isPortalTicket } from "./portal/portal-ticket.ts";
import { projectOfShortTicket } from "./short-ticket-project.ts";
import { chooseIdentity, knownIdentity, type ChosenIdentity } from "./project-choice.ts";
import { storeProject } from "./stored-project.ts";
import type { Terminal } from "./terminal.ts";
import { readSource, type TextSource } from "./text-source.ts";
import { Undo } from "./undo.ts";

/** Milliseconds that each step with the authority may take, unless told otherwise. */
export const ENROLMENT_TIMEOUT = 240_000;

/** Who is to become a member, by which ticket. */
export interface EnrolOptions {
  /** A file, a URL, `-` for standard input, or the ticket itself: as typed, or read. */
  readonly ticket: string | Ticket;
  /** Name of the identity, made when missing; the default one when absent. */
  readonly identity?: string | undefined;
  /** Milliseconds; {@link ENROLMENT_TIMEOUT} by default. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Leave out the credential: the nodes fetch it. */
  readonly skipCredential?: boolean | undefined;
}

/** What came of it. */
export interface Enrolment {
  readonly project: NamedProject;
  readonly identity: ChosenIdentity;
  /** `member`: by no ticket, it was one already when asked. */
  readonly outcome: "enrolled" | "already-a-member" | "member";
  /** Undefined when it was left out. */
  readonly credential: Credential | undefined;
}

/**
 * Makes an identity of this machine a member of a ticket's project, stores the project, and fetches the first
 * credential. When the authority does not take the ticket, nothing is left behind; when it does not say whether it
 * did, a new identity is kept, with which the same ticket can be given again.
 * @throws OckamError OCKAM_CLI_NO_SUCH_TICKET, OCKAM_PROJECT_INVALID_TICKET, OCKAM_PROJECT_INVALID_PROJECT before
 *   anything is sent; OCKAM_NODE_PROJECT_EXISTS; those of `readSource` and `withAuthority`; OCKAM_CLI_NOT_THE_PROJECT,
 *   OCKAM_CLI_CREDENTIAL_NOT_FETCHED
 */
export async function enrol(terminal: Terminal, options: EnrolOptions): Promise<Enrolment> {
  const { signal = terminal.signal, skipCredential = false, timeout = ENROLMENT_TIMEOUT } = options;
  const ticket =
    typeof options.ticket === "string" ? await readTicketSource(options.ticket, terminal) : options.ticket;
  using state = openState();
  await using undo = new Undo();
  const identity = await chooseIdentity(state, options.identity);
  if (identity.isNew) undo.defer(() => state.identities.delete(identity.name));
  const { identifier, route } = authorityOfTicket(ticket);
  const choice = { state, identity: identity.name, terminal, timeout, signal, identifier, route };
  return await withAuthority(choice, async (client) => {
    // All that can be found wrong is found before the code is used up.
    const record =
      ticket.kind === "full"
        ? ticket.project
        : projectOfShortTicket(ticket, await client.project({ signal }));
    state.projects.nameFor(record);
    const outcome = await redeem(client, ticket, { timeout, signal }, () => undo.keep());
    const project = await storeProject(state, record, identity.name);
    const request = { state, project, identity, timeout, signal };
    const credential = skipCredential ? undefined : await firstCredential(client, request);
    return { project, identity, outcome, credential };
  });
}

/**
 * Redeems the code of a ticket. Unless the authority refuses it, the identity is kept: it may be a member even when no
 * answer comes, and then it is the only one that the ticket is good for.
 */
async function redeem(
  client: AuthorityClient,
  { oneTimeCode }: Ticket,
  options: CallOptions,
  keep: () => void,
): Promise<"enrolled" | "already-a-member"> {
  try {
    const outcome = await client.redeemToken(oneTimeCode, options);
    keep();
    return outcome;
  } catch (error) {
    if (!isOckamError(error, "OCKAM_AUTHORITY_REFUSED")) keep();
    throw error;
  }
}

/** The membership that a credential is to prove. */
export interface Membership {
  readonly project: NamedProject;
  /** Name of the identity; the default one when absent. */
  readonly identity?: string | undefined;
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a credential for an identity that is a member already.
 * @throws OckamError OCKAM_NODE_IDENTITY_NOT_FOUND; of `withAuthority`; OCKAM_CLI_CREDENTIAL_NOT_FETCHED
 */
export async function renewMembership(
  terminal: Terminal,
  state: State,
  { project, signal = terminal.signal, timeout = ENROLMENT_TIMEOUT, ...membership }: Membership,
): Promise<Enrolment> {
  const identity = await knownIdentity(state, membership.identity);
  const choice = { state, identity: identity.name, terminal, timeout, signal, ...authorityOf(project) };
  return await withAuthority(choice, async (client) => {
    const credential = await fetchCredential(client, { state, project, identity, timeout, signal });
    return { project, identity, outcome: "member", credential };
  });
}

/** The ticket of what was typed: see {@link enrol}. @throws OckamError as it says */
export function readTicketSource(typed: string, terminal: Terminal): Promise<Ticket> {
  return readTicketAs(typed, terminal, (text) => {
    if (isPortalTicket(text)) throw forPortal();
    return readTicket(text);
  });
}

/** The same, for `read`, which reads the text. */
export async function readTicketAs<T>(
  typed: string,
  terminal: Terminal,
  read: (text: string) => T,
): Promise<T> {
  const source = await readSource(typed, terminal.source("the ticket"));
  try {
    return read(source.text);
  } catch (error) {
    throw isOckamError(error) ? ticketError(source, typed, error) : error;
  }
}

function ticketError(source: TextSource, typed: string, error: OckamError): OckamError {
  if (source.kind !== "text") {
    const { details } = error;
    return new OckamError(error.code, `${source.label}: ${error.message}`, { cause: error, details });
  }
  // What has a comma or a brace, is hex or long was meant to be a ticket; it is not repeated.
  if (typed.length > 100 || /[,{}\s]|^ockam1-|^[0-9a-f]{32,}$|^$/i.test(typed)) return error;
  return new OckamError("OCKAM_CLI_NO_SUCH_TICKET", `There is no file ${typed}, and it is ${error.message}`, {
    cause: error,
    details: { hint: "give a file, a URL, - for standard input, or the ticket itself" },
  });
}

function forPortal(): OckamError {
  return new OckamError("OCKAM_CLI_FOR_A_PORTAL", "The ticket is for one end of a portal, and was not used", {
    details: { hint: "'ockam portal' takes it" },
  });
}

function authorityOfTicket(ticket: Ticket): { identifier: Project["authorityIdentifier"]; route: string } {
  if (ticket.kind === "short") {
    return { identifier: ticket.authorityIdentifier, route: ticket.authorityRoute };
  }
  return { identifier: ticket.project.authorityIdentifier, route: ticket.project.authorityRoute };
}

interface CredentialRequest {
  readonly state: State;
  readonly project: NamedProject;
  readonly identity: ChosenIdentity;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** The code is used up: this must not look as if the enrolment had failed. */
async function firstCredential(client: AuthorityClient, request: CredentialRequest): Promise<Credential> {
  try {
    return await fetchCredential(client, request);
  } catch (cause) {
    if (!isOckamError(cause)) throw cause;
    const { identity, project } = request;
    throw new OckamError(
      "OCKAM_CLI_CREDENTIAL_NOT_FETCHED",
      `${identity.name} is a member of the project ${project.name} now, but has no credential yet: ${cause.message}`,
      {
        cause,
        details: {
          hint: "its nodes go on trying; 'ockam project enroll' without a ticket shows whether it works",
        },
      },
    );
  }
}

async function fetchCredential(
  client: AuthorityClient,
  { identity, project, signal, state, timeout }: CredentialRequest,
): Promise<Credential> {
  const encoded = await client.issueCredential({ timeout, signal });
  const { identities } = state.identities.open(identity.name);
  let credential: Credential;
  try {
    credential = await verifyCredential(identities, encoded, {
      authorities: [project.authorityIdentifier],
      expectedSubject: identity.identifier,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OckamError(
      "OCKAM_CLI_CREDENTIAL_NOT_VERIFIED",
      `the credential that the authority of ${project.name} issued is not valid: ${reason}`,
      { cause, details: { hint: "check the clocks of this machine and of the authority" } },
    );
  }
  // The nodes of this machine present it until they renew it.
  const { expiresAt, issuer, subject } = credential;
  state.credentials.put({ subject, issuer, scope: memberScope(project.id), encoded, expiresAt });
  return credential;
}
