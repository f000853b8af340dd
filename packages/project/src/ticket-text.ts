import { fromHex, isOckamError, toHex } from "@ockam/codec";
import { Identifier } from "@ockam/identity";

import { expectOneTimeCode, parseOneTimeCode } from "./one-time-code.ts";
import { invalidProject, invalidTicket } from "./project-error.ts";
import { projectIdOfRoute } from "./project-route.ts";
import { verifyProject } from "./project.ts";
import type { FullTicket } from "./ticket.ts";

const FIELDS = 7;

/** The text form of a ticket. @throws OckamError OCKAM_PROJECT_INVALID_PROJECT */
export function formatTicketText({ oneTimeCode, project }: FullTicket): string {
  if (projectIdOfRoute(project.accessRoute) === undefined) {
    throw invalidProject("access_route", "has no /service/ part, and a ticket in text form has the id there");
  }
  const fields = [
    project.accessRoute,
    project.identifier.toString(),
    project.name,
    toHex(expectOneTimeCode(oneTimeCode)),
    toHex(project.changeHistory),
    toHex(project.authorityChangeHistory),
    project.authorityRoute,
  ];
  const keys = ["access_route", "identity", "name", "", "", "", "authority_access_route"];
  const comma = fields.findIndex((field) => field.includes(","));
  if (comma >= 0) throw invalidProject(keys[comma], "has a comma: write the ticket as JSON");
  return fields.join(",");
}

/** Reads the text form. Fields after the seventh are ignored. @throws OckamError */
export function readTicketText(text: string): FullTicket {
  const fields = text.split(",", FIELDS).map((field) => field.trim());
  if (fields.length < FIELDS) throw invalidTicket("Missing fields in enrollment ticket");
  const [accessRoute, identifier, name, code, changeHistory, authorityChangeHistory, authorityRoute] = fields;
  const oneTimeCode = parseOneTimeCode(code!);
  const id = projectIdOfRoute(accessRoute!);
  if (id === undefined) throw invalidTicket("the route of its project has no /service/ part");
  const project = verifyProject({
    id,
    name: name!,
    accessRoute: accessRoute!,
    identifier: expectIdentifier(identifier!),
    changeHistory: expectHex("change history of its project", changeHistory!),
    authorityRoute: authorityRoute!,
    authorityChangeHistory: expectHex("change history of its authority", authorityChangeHistory!),
  });
  return { kind: "full", oneTimeCode, project };
}

/** A field that must be an identifier. @throws OckamError OCKAM_PROJECT_INVALID_TICKET */
export function expectIdentifier(text: string): Identifier {
  try {
    return Identifier.parse(text);
  } catch (cause) {
    throw isOckamError(cause) ? invalidTicket("the identifier of its project is none", cause) : cause;
  }
}

/** A field that must be hex. @throws OckamError OCKAM_PROJECT_INVALID_TICKET */
export function expectHex(what: string, hex: string): Uint8Array {
  try {
    return fromHex(hex.trim());
  } catch (cause) {
    throw isOckamError(cause) ? invalidTicket(`the ${what} is not hex`, cause) : cause;
  }
}
