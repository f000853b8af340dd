import { OckamError } from "@ockam/codec";
import { parseProject, type Project, type ShortTicket } from "@ockam/project";

import { placeOf } from "./authority-access.ts";
import { isBeginning } from "./hosting/record-beginning.ts";

/**
 * The project of the record that the authority of a short ticket sent.
 * @throws OckamError OCKAM_CLI_NOT_THE_PROJECT when there is none yet or it is another authority's;
 *   OCKAM_PROJECT_INVALID_PROJECT
 */
export function projectOfShortTicket(ticket: ShortTicket, record: string | undefined): Project {
  const place = placeOf(ticket.authorityRoute);
  if (record === undefined || isBeginning(record)) {
    throw notTheProject(
      `The authority at ${place} does not say yet what its project is`,
      "once the project's node runs, give the same ticket again; or ask for one with the whole project in it",
    );
  }
  const project = parseProject(record);
  // The way that just worked from here is the better one.
  if (project.authorityIdentifier.equals(ticket.authorityIdentifier)) {
    return { ...project, authorityRoute: ticket.authorityRoute };
  }
  throw notTheProject(
    `The authority at ${place} speaks of a project that is another authority's`,
    "ask whoever runs the project",
  );
}

function notTheProject(message: string, hint: string): OckamError {
  return new OckamError("OCKAM_CLI_NOT_THE_PROJECT", message, { details: { hint } });
}
