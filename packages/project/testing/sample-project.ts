import { createIdentities } from "@ockam/identity";

import { verifyProject, type Project } from "../src/project.ts";

/** A project whose identities are new; `claim` says otherwise what it says. */
export async function sampleProject(
  claim: Partial<Pick<Project, "id" | "name" | "accessRoute" | "authorityRoute">> = {},
): Promise<Project> {
  const identities = createIdentities();
  const [node, authority] = [await identities.create(), await identities.create()];
  return verifyProject({
    id: "0123456789ab",
    name: "default",
    accessRoute: "/dnsaddr/relay.example.com/tcp/4000/service/0123456789ab/service/api",
    changeHistory: node.changeHistory,
    authorityRoute: "/dnsaddr/relay.example.com/tcp/4001/service/api",
    authorityChangeHistory: authority.changeHistory,
    ...claim,
  });
}
