import { toHex } from "@ockam/codec";

import type { JsonObject } from "./json-object.ts";
import { expectOneTimeCode, parseOneTimeCode } from "./one-time-code.ts";
import { invalidProject } from "./project-error.ts";
import { formatProject, readProject, verifyProject } from "./project.ts";
import { expectHex, expectIdentifier } from "./ticket-text.ts";
import type { FullTicket } from "./ticket.ts";

/** The JSON form of a ticket, ready for `JSON.stringify`. */
export function formatTicketRecord({ oneTimeCode, project }: FullTicket): Record<string, unknown> {
  return {
    one_time_code: toHex(expectOneTimeCode(oneTimeCode)),
    project_route: { id: project.id, route: project.accessRoute },
    project_identifier: project.identifier.toString(),
    project_name: project.name,
    project_change_history: toHex(project.changeHistory),
    authority_change_history: toHex(project.authorityChangeHistory),
    authority_route: project.authorityRoute,
  };
}

/** The ticket of its JSON form. @throws OckamError OCKAM_PROJECT_INVALID_TICKET, OCKAM_PROJECT_INVALID_PROJECT */
export function readTicketRecord(record: JsonObject): FullTicket {
  const oneTimeCode = parseOneTimeCode(record.text("one_time_code"));
  const route = record.object("project_route");
  const project = verifyProject({
    id: route.text("id"),
    name: record.text("project_name"),
    accessRoute: route.text("route"),
    identifier: expectIdentifier(record.text("project_identifier")),
    changeHistory: expectHex("change history of its project", record.text("project_change_history")),
    authorityRoute: record.text("authority_route"),
    authorityChangeHistory: expectHex(
      "change history of its authority",
      record.text("authority_change_history"),
    ),
  });
  return { kind: "full", oneTimeCode, project };
}

/** Whether it is a ticket with the whole record of the project in it. */
export function isLegacyTicket(record: JsonObject): boolean {
  return record.has("project");
}

/** The legacy form of a ticket before it becomes hex, ready for `JSON.stringify`. */
export function formatLegacyTicket({ oneTimeCode, project }: FullTicket): Record<string, unknown> {
  return { one_time_code: toHex(expectOneTimeCode(oneTimeCode)), project: formatProject(project) };
}

/** The ticket of its legacy form. @throws OckamError OCKAM_PROJECT_INVALID_TICKET, OCKAM_PROJECT_INVALID_PROJECT */
export function readLegacyTicket(record: JsonObject): FullTicket {
  const oneTimeCode = parseOneTimeCode(record.text("one_time_code"));
  return { kind: "full", oneTimeCode, project: readProject(record.object("project", invalidProject)) };
}
