import { createIdentities } from "@ockam/identity";
import { formatProject, verifyProject, type ShortTicket } from "@ockam/project";
import { describe, expect, test } from "vitest";

import { projectOfShortTicket } from "./short-ticket-project.ts";

const identities = createIdentities();
const [node, authority, other] = [
  await identities.create(),
  await identities.create(),
  await identities.create(),
];
const TICKET: ShortTicket = {
  kind: "short",
  oneTimeCode: new Uint8Array(32),
  authorityIdentifier: authority.identifier,
  authorityRoute: "/ip4/127.0.0.1/tcp/4001/service/api",
};

describe("the authority of a short ticket", () => {
  test("says what its project is; the way that led there is kept", () => {
    const project = projectOfShortTicket(TICKET, recordOf(authority.changeHistory));
    expect(project).toMatchObject({ id: "p", authorityRoute: TICKET.authorityRoute });
  });

  test("that speaks of another authority's project is not believed", () => {
    expect(() => projectOfShortTicket(TICKET, recordOf(other.changeHistory))).toThrow(
      expect.objectContaining({
        code: "OCKAM_CLI_NOT_THE_PROJECT",
        message: "The authority at 127.0.0.1:4001 speaks of a project that is another authority's",
      }),
    );
  });

  test.each([undefined, '{"id":"p","name":"default","access_route":""}'])(
    "may not know it yet: %s",
    (record) => {
      expect(() => projectOfShortTicket(TICKET, record)).toThrow(
        expect.objectContaining({ code: "OCKAM_CLI_NOT_THE_PROJECT" }),
      );
    },
  );

  test.each(["", "[]", "{}", "null"])("may say %j, which is no project", (record) => {
    expect(() => projectOfShortTicket(TICKET, record)).toThrow(
      expect.objectContaining({ code: "OCKAM_PROJECT_INVALID_PROJECT" }),
    );
  });
});

function recordOf(authorityChangeHistory: Uint8Array): string {
  const project = verifyProject({
    id: "p",
    name: "default",
    accessRoute: "/dnsaddr/relay.example.com/tcp/4000/service/p/service/api",
    changeHistory: node.changeHistory,
    authorityRoute: "/dnsaddr/relay.example.com/tcp/4001/service/api",
    authorityChangeHistory,
  });
  return JSON.stringify(formatProject(project));
}
