import { isOckamError } from "@ockam/codec";
import type { State } from "@ockam/node";
import { memberScope } from "@ockam/node/state";
import { readTicket } from "@ockam/project";

import { enrol } from "../enrolment.ts";
import { enrolmentResult } from "../enrolment-result.ts";
import { hideLongArguments } from "../process-arguments.ts";
import type { Result } from "../result.ts";
import type { Terminal } from "../terminal.ts";
import { readSource } from "../text-source.ts";

/** What came of the ticket of a configuration. */
export interface NodeEnrolment {
  /** The identity is a member since just now. */
  readonly isNew: boolean;
  /** Undefined when the authority could not be asked. */
  readonly result: Result | undefined;
}

/**
 * Makes the identity a member of the ticket's project, unless it is one. When the authority cannot be reached, an
 * identity that has a credential of it counts as a member: what was made once can be made again without a network.
 * @throws OckamError of `enrol`
 */
export async function enrolNode(
  state: State,
  terminal: Terminal,
  typed: string,
  identity: string | undefined,
): Promise<NodeEnrolment> {
  hideLongArguments(process.argv.slice(2));
  const ticket = typed.trim() === "-" ? (await readSource("-", terminal.source("the ticket"))).text : typed;
  try {
    const enrolment = await enrol(terminal, { ticket, identity });
    return { isNew: enrolment.outcome === "enrolled", result: enrolmentResult(enrolment) };
  } catch (error) {
    if (!isOckamError(error, "OCKAM_CLI_AUTHORITY_UNREACHABLE")) throw error;
    const project = await membershipOf(state, terminal, { ticket, identity });
    if (project === undefined) throw error;
    terminal.warn(`The membership of ${project} was not checked: ${error.message}`);
    return { isNew: false, result: undefined };
  }
}

/** The name of the ticket's project if the identity has a credential of its authority. */
async function membershipOf(
  state: State,
  terminal: Terminal,
  { identity, ticket }: { readonly identity: string | undefined; readonly ticket: string },
): Promise<string | undefined> {
  const read = readTicket((await readSource(ticket, terminal.source("the ticket"))).text);
  const issuer = read.kind === "full" ? read.project.authorityIdentifier : read.authorityIdentifier;
  const own = identity === undefined ? state.identities.findDefault() : state.identities.find(identity);
  if (own === undefined) return undefined;
  const found = state.projects
    .list()
    .find(
      ({ authorityIdentifier, id }) =>
        authorityIdentifier.equals(issuer) &&
        state.credentials.find({ subject: own.identifier, issuer, scope: memberScope(id) }) !== undefined,
    );
  return found?.name;
}
