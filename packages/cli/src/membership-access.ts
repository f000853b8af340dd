import type { AuthorityClient } from "@ockam/authority";
import type { NamedProject } from "@ockam/node";
import { openState } from "@ockam/node/state";

import { authorityOf, withAuthority } from "./authority-access.ts";
import { text, type Option } from "./option.ts";
import { chooseProject } from "./project-choice.ts";
import type { Terminal } from "./terminal.ts";

/** What all commands about members take. */
export const MEMBERSHIP_OPTIONS: {
  readonly projectName: Option<string | undefined>;
  readonly identity: Option<string | undefined>;
} = {
  projectName: text("NAME", "The project", {
    short: "p",
    aliases: ["project"],
    fallback: "the default project",
  }),
  identity: text("IDENTITY", "Who asks: an enroller", { fallback: "the default identity" }),
};

/** What they were given. */
export interface MembershipValues {
  readonly projectName: string | undefined;
  readonly identity: string | undefined;
}

/** Calls `work` with the authority of the chosen project. @throws OckamError of `withAuthority` */
export async function withMembers<T>(
  { identity, projectName }: MembershipValues,
  terminal: Terminal,
  work: (client: AuthorityClient, project: NamedProject) => Promise<T>,
): Promise<T> {
  using state = openState();
  const project = chooseProject(state, projectName);
  const choice = { state, identity, terminal, ...authorityOf(project) };
  return await withAuthority(choice, (client) => work(client, project));
}
