import { ENROLLER } from "../attribute-arguments.ts";
import { defineCommand, type Command } from "../command.ts";
import { array } from "../json-shape.ts";
import { MEMBERSHIP_OPTIONS, withMembers } from "../membership-access.ts";
import { flag } from "../option.ts";
import { MEMBER, describeMember, renderMember } from "../render/member.ts";

export const projectMemberList: Command = defineCommand({
  summary: "List the members of a project with their attributes",
  examples: ["project-member list", "project-member list --enrollers"],
  json: array(MEMBER),
  options: {
    ...MEMBERSHIP_OPTIONS,
    enrollers: flag("Only those that may make members", { aliases: ["enroller"] }),
  },
  async run({ enrollers, ...values }, terminal) {
    const found = await withMembers(values, terminal, (client) => client.members());
    const [role, enroller] = ENROLLER;
    const members = enrollers
      ? found.filter(({ attributes }) => attributes.toText().get(role) === enroller)
      : found;
    return {
      json: () => members.map(describeMember),
      plain: (style) => members.map((member) => renderMember(member, style)).join("\n"),
    };
  },
});
