import type { NamedProject } from "@ockam/node";
import { formatProject } from "@ockam/project";

import { boolean, emptyArray, literal, named, string } from "../json-shape.ts";
import type { Style } from "../style.ts";

/** A project as `--output json` prints it: its record, which `project import` takes, and what it is here. */
export const PROJECT = named("Project", {
  id: string(),
  name: string(),
  access_route: string("where its node is"),
  identity: string("the identifier of its node"),
  project_change_history: string("hex"),
  authority_access_route: string("where its authority is"),
  authority_identity: string("the change history of its authority, in hex"),
  authority_identifier: string("I and 64 hex digits"),
  is_default: boolean(),
  space_id: string(),
  space_name: string(),
  users: emptyArray(),
  user_roles: emptyArray(),
  version: literal(null),
  running: literal(null),
  operation_id: literal(null),
});

/** A project as `--output json` prints it: its record, and what it is here. */
export function describeProject(project: NamedProject): Record<string, unknown> {
  return {
    ...formatProject(project),
    authority_identifier: project.authorityIdentifier.toString(),
    is_default: project.isDefault,
  };
}

/** A project over several lines. */
export function renderProject(project: NamedProject, style: Style): string {
  const { accessRoute, authorityIdentifier, authorityRoute, id, identifier, isDefault, name } = project;
  return [
    style.heading(`Project ${name}${isDefault ? " (default)" : ""}`),
    style.row(`Id: ${style.name(id)}`),
    style.row(`Node: ${style.name(accessRoute)}`),
    style.row(`  ${identifier.toString()}`),
    style.row(`Authority: ${style.name(authorityRoute)}`),
    style.row(`  ${authorityIdentifier.toString()}`),
  ].join("\n");
}
