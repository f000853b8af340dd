import { Identifier } from "@ockam/identity";

import { defineCommand, type Command } from "../command.ts";
import { ALL, YES } from "../common-options.ts";
import { array, object, string } from "../json-shape.ts";
import { MEMBERSHIP_OPTIONS, withMembers } from "../membership-access.ts";
import { argument } from "../option.ts";
import { usageError } from "../usage-error.ts";

export const projectMemberDelete: Command = defineCommand({
  summary: "Remove a member from a project, or all but the one who asks",
  description:
    "The authority issues it no more credentials. Nodes of this version end its access at once, others when its " +
    "credential expires.",
  notes: ["Removing one that is no member is a success; only `--all` asks first."],
  examples: ["project-member delete I74a6ab24e3bc0a3a8c0c10d9e3dc4fc0c6d6a5ae4a9a3ea2d9b3a51e8b1fba2d"],
  json: object({ project: string(), identifiers: array(string()) }),
  pipe: "the identifiers, one a line",
  positionals: { identifier: argument("The identifier of the member") },
  options: { ...MEMBERSHIP_OPTIONS, all: ALL, yes: YES },
  async run({ all, identifier: typed, yes, ...values }, terminal) {
    if (all === (typed !== undefined))
      throw usageError(
        all ? "--all and a member exclude each other" : "it is not said which member",
        "give the identifier of a member, or --all for all but the one who asks",
      );
    const identifier = typed === undefined ? undefined : Identifier.parse(typed);
    // One that was named was meant; that all were is asked.
    if (all && !(await terminal.confirm("Remove every other member?", yes))) return undefined;
    const { identifiers, project } = await withMembers(values, terminal, async (client, { name }) => {
      if (identifier !== undefined) {
        await client.deleteMember(identifier);
        return { project: name, identifiers: [identifier.toString()] };
      }
      const before = await client.memberIdentifiers();
      await client.deleteMembers();
      const left = new Set((await client.memberIdentifiers()).map(({ hex }) => hex));
      const gone = before.filter(({ hex }) => !left.has(hex));
      return { project: name, identifiers: gone.map((member) => member.toString()) };
    });
    return {
      json: () => ({ project, identifiers }),
      machine: identifiers.join("\n"),
      plain: (style) =>
        identifiers.length === 0
          ? style.info(`The project ${style.name(project)} has no other members`)
          : identifiers
              .map((gone) =>
                style.success(`${style.name(gone)} is no member of ${style.name(project)} any more`),
              )
              .join("\n"),
    };
  },
});
