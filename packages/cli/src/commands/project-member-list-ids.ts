import { defineCommand, type Command } from "../command.ts";
import { array, object, string } from "../json-shape.ts";
import { MEMBERSHIP_OPTIONS, withMembers } from "../membership-access.ts";

export const projectMemberListIds: Command = defineCommand({
  summary: "List the identifiers of a project's members",
  examples: ["project-member list-ids"],
  json: array(object({ identifier: string() })),
  options: MEMBERSHIP_OPTIONS,
  async run(values, terminal) {
    const found = await withMembers(values, terminal, (client) => client.memberIdentifiers());
    const identifiers = found.map((identifier) => identifier.toString());
    return {
      json: () => identifiers.map((identifier) => ({ identifier })),
      plain: (style) => identifiers.map((identifier) => style.row(style.name(identifier))).join("\n"),
    };
  },
});
