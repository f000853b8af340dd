import { Identifier } from "@ockam/identity";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { MEMBERSHIP_OPTIONS, withMembers } from "../membership-access.ts";
import { argument } from "../option.ts";
import { knownIdentity } from "../project-choice.ts";
import { MEMBER, describeMember, renderMember } from "../render/member.ts";

export const projectMemberShow: Command = defineCommand({
  summary: "Show a member of a project",
  examples: ["project-member show"],
  json: MEMBER,
  positionals: { identifier: argument("Its identifier; that of --identity when absent") },
  options: MEMBERSHIP_OPTIONS,
  async run({ identifier, ...values }, terminal) {
    const subject =
      identifier === undefined ? await ownIdentifier(values.identity) : Identifier.parse(identifier);
    const member = await withMembers(values, terminal, (client) => client.member(subject));
    return { json: () => describeMember(member), plain: (style) => renderMember(member, style) };
  },
});

async function ownIdentifier(name: string | undefined): Promise<Identifier> {
  using state = openState();
  return (await knownIdentity(state, name)).identifier;
}
