import { Identifier } from "@ockam/identity";

import { readAttributes } from "../attribute-arguments.ts";
import { defineCommand, type Command } from "../command.ts";
import { map, object, string } from "../json-shape.ts";
import { MEMBERSHIP_OPTIONS, withMembers } from "../membership-access.ts";
import { retried, RETRY_OPTIONS } from "../retry.ts";
import { flag, requiredArgument, text, texts } from "../option.ts";

export const projectMemberAdd: Command = defineCommand({
  summary: "Make an identity a member of a project, or give a member other attributes",
  description:
    "All attributes are replaced. The member's live channels follow: at once with nodes of this version.",
  examples: [
    "project-member add I74a6ab24e3bc0a3a8c0c10d9e3dc4fc0c6d6a5ae4a9a3ea2d9b3a51e8b1fba2d --attribute role=web --relay web",
  ],
  json: object({ project: string(), identifier: string(), attributes: map(string()) }),
  pipe: "the identifier",
  positionals: { identifier: requiredArgument("The identifier of the member") },
  options: {
    ...MEMBERSHIP_OPTIONS,
    attribute: texts("KEY=VALUE", "An attribute of the member; repeatable", { short: "a" }),
    relay: text("NAME", "The relay that the member may register, or * for any"),
    enroller: flag("The member may make other members"),
    ...RETRY_OPTIONS,
  },
  async run({ attribute, enroller, identifier: typed, relay, ...values }, terminal) {
    const attributes = readAttributes({ attribute, enroller, relay }, { bareKeys: false });
    const identifier = Identifier.parse(typed);
    const project = await retried(values, terminal, () =>
      withMembers(values, terminal, async (client, { name }) => {
        await client.addMember(identifier, attributes);
        return name;
      }),
    );
    return {
      json: () => ({
        project,
        identifier: identifier.toString(),
        attributes: Object.fromEntries(attributes),
      }),
      machine: identifier.toString(),
      plain: (style) =>
        style.success(
          `${style.name(identifier.toString())} is a member of the project ${style.name(project)}`,
        ),
    };
  },
});
