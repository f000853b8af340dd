import type { NamedProject } from "@ockam/node";
import { formatProject } from "@ockam/project";

import type { Style } from "../style.ts";

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
