import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { AuthorityClient } from "@ockam/authority";
import { OckamError } from "@ockam/codec";
import { openState } from "@ockam/node/state";
import { formatProject, formatTicket, verifyProject } from "@ockam/project";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { TestProject, temporaryHome } from "../testing/test-project.ts";
import { testTerminal } from "../testing/test-terminal.ts";
import { authorityOf, withAuthority } from "./authority-access.ts";
import { enrol, renewMembership, type EnrolOptions } from "./enrolment.ts";
import { enrolmentResult } from "./enrolment-result.ts";

let there: TestProject;
let home: string;

beforeAll(async () => {
  there = await TestProject.start();
});

afterAll(() => there[Symbol.asyncDispose]());

beforeEach(() => {
  home = temporaryHome();
  vi.stubEnv("OCKAM_HOME", home);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });
});

describe("an enrolment", () => {
  test.each(["text", "hex", "json", "json-hex", "legacy", "short"] as const)(
    "by a ticket in the form %s makes a member, stores the project and the credential",
    async (form) => {
      const ticket = await there.ticket({ role: "web" }, form);
      const enrolment = await enrolHere({ ticket });
      expect(enrolment).toMatchObject({ outcome: "enrolled", project: { isDefault: true } });
      expect(Object.fromEntries(enrolment.credential?.attributes.toText() ?? [])).toMatchObject({
        role: "web",
      });
      using state = openState();
      const [stored] = state.projects.list();
      expect(formatProject(stored!)).toEqual(formatProject(there.project));
      const [credential] = state.credentials.list();
      expect(credential).toMatchObject({
        encoded: enrolment.credential?.encoded,
        scope: `project-member-${there.project.id}`,
      });
    },
  );

  test("is told like Rust does", async () => {
    const enrolment = await enrolHere({ ticket: await there.ticket({ role: "web" }), identity: "alice" });
    const { credential, identity } = enrolment;
    expect(enrolmentResult(enrolment).json()).toEqual({
      identity: {
        identifier: identity.identifier.toString(),
        name: "alice",
        vault_name: "default",
        is_default: true,
      },
      project_name: "default",
      credential: {
        attributes: expect.objectContaining({ role: "web" }),
        created_at: credential?.createdAt,
        credential: expect.stringMatching(/^[0-9a-f]+$/),
        expires_at: credential?.expiresAt,
        issuer: there.project.authorityIdentifier.toString(),
        subject: identity.identifier.toString(),
      },
    });
  });

  test("that is repeated is a success, and does not use up another ticket", async () => {
    const first = await there.ticket();
    const second = await there.ticket({ role: "other" });
    await enrolHere({ ticket: first });
    for (const ticket of [first, second]) {
      expect(await enrolHere({ ticket })).toMatchObject({ outcome: "already-a-member" });
    }
    expect(await enrolHere({ ticket: second, identity: "bob" })).toMatchObject({ outcome: "enrolled" });
  });

  test("takes a ticket from a file with a line end", async () => {
    const path = join(home, "web.ticket");
    writeFileSync(path, `${await there.ticket()}\n`);
    expect(await enrolHere({ ticket: path })).toMatchObject({ outcome: "enrolled" });
  });

  test("can leave out the credential", async () => {
    const enrolment = await enrolHere({ ticket: await there.ticket(), skipCredential: true });
    expect(enrolment.credential).toBeUndefined();
    using state = openState();
    expect(state.credentials.list()).toEqual([]);
    expect(state.projects.list()).toHaveLength(1);
  });
});

describe("an enrolment leaves nothing behind when", () => {
  test("the ticket was used up", async () => {
    const ticket = await there.ticket();
    await enrolHere({ ticket, identity: "alice" });
    await expect(enrolHere({ ticket, identity: "bob" })).rejects.toMatchObject({
      code: "OCKAM_CLI_AUTHORITY_REFUSED",
      message: expect.stringMatching(/^The authority at 127\.0\.0\.1:\d+ says: Unknown enrollment token$/),
      details: { hint: expect.stringMatching(/used up, has expired or is another project's/) },
    });
    using state = openState();
    expect(state.identities.list().map(({ name }) => name)).toEqual(["alice"]);
  });

  test("the code was guessed", async () => {
    const { project } = there;
    const ticket = formatTicket({ kind: "full", oneTimeCode: new Uint8Array(32), project }, "text");
    await expect(enrolHere({ ticket })).rejects.toMatchObject({ code: "OCKAM_CLI_AUTHORITY_REFUSED" });
    expectNothing();
  });

  test("there is no ticket", async () => {
    await expect(enrolHere({ ticket: "web.ticket" })).rejects.toMatchObject({
      code: "OCKAM_CLI_NO_SUCH_TICKET",
      message: expect.stringMatching(/no file web\.ticket.*Missing fields in enrollment ticket/),
    });
    const path = join(home, "web.ticket");
    writeFileSync(path, "a,b");
    await expect(enrolHere({ ticket: path })).rejects.toMatchObject({
      code: "OCKAM_PROJECT_INVALID_TICKET",
      message: expect.stringContaining(path),
    });
    expectNothing();
  });

  test.each(["text", "short"] as const)("nobody is where the authority should be: %s", async (form) => {
    const project = { ...there.project, authorityRoute: "/ip4/127.0.0.1/tcp/1/service/api" };
    const ticket = formatTicket({ ...(await there.fullTicket()), project }, form);
    await expect(enrolHere({ ticket })).rejects.toMatchObject({
      code: "OCKAM_CLI_AUTHORITY_UNREACHABLE",
      message: expect.stringMatching(
        /^The authority at 127\.0\.0\.1:1 cannot be reached: .*nothing listens there/,
      ),
    });
    expectNothing();
  });

  test.each(["text", "short"] as const)(
    "a ticket in the form %s is not presented to anybody but the authority",
    async (form) => {
      await using other = await TestProject.start();
      const ticket = await there.fullTicket();
      const project = { ...ticket.project, authorityRoute: other.project.authorityRoute };
      await expect(enrolHere({ ticket: formatTicket({ ...ticket, project }, form) })).rejects.toMatchObject({
        code: "OCKAM_CLI_AUTHORITY_UNREACHABLE",
        message: expect.stringMatching(
          /^Somebody else than the authority answers at 127\.0\.0\.1:\d+, and was told nothing$/,
        ),
      });
      expectNothing();
      expect(await enrolHere({ ticket: formatTicket(ticket, form) })).toMatchObject({ outcome: "enrolled" });
    },
  );

  test("the authority does not know its project yet, and the ticket stays good", async () => {
    await using young = await TestProject.start({ hasNode: false });
    const full = await young.fullTicket();
    await expect(enrolHere({ ticket: formatTicket(full, "short") })).rejects.toMatchObject({
      code: "OCKAM_CLI_NOT_THE_PROJECT",
      details: { hint: expect.stringMatching(/the same ticket again/) },
    });
    expectNothing();
    expect(await enrolHere({ ticket: formatTicket(full, "text") })).toMatchObject({ outcome: "enrolled" });
  });
});

test("an enrolment whose answer is lost is completed by the same ticket", async () => {
  const ticket = await there.ticket();
  const redeem = vi.spyOn(AuthorityClient.prototype, "redeemToken");
  onTestFinished(() => redeem.mockRestore());
  redeem.mockImplementationOnce(async function (this: AuthorityClient, code, options) {
    // The spy lets the second call through.
    await this.redeemToken(code, options);
    throw new OckamError("OCKAM_AUTHORITY_UNANSWERED", "the authority does not answer");
  });
  await expect(enrolHere({ ticket })).rejects.toMatchObject({ code: "OCKAM_CLI_AUTHORITY_UNREACHABLE" });
  expect(await enrolHere({ ticket })).toMatchObject({ outcome: "already-a-member" });
});

test("a ticket does not lead into a project that has the id of a known one and another authority", async () => {
  const { project: known } = await enrolHere({ ticket: await there.ticket() });
  await using other = await TestProject.start();
  const ticket = await other.ticket();
  await expect(enrolHere({ ticket })).rejects.toMatchObject({ code: "OCKAM_NODE_PROJECT_EXISTS" });
  using state = openState();
  expect(state.projects.list()).toEqual([known]);
  state.projects.delete(known.name);
  expect(await enrolHere({ ticket })).toMatchObject({ outcome: "enrolled" });
});

test("a code without the rest of its ticket is not repeated", async () => {
  const code = "0123456789abcdef".repeat(4);
  const refused = await enrolHere({ ticket: code }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "OCKAM_PROJECT_INVALID_TICKET" });
  expect(String(refused)).not.toContain(code);
});

test("no identity is made for somebody who cannot be a member", async () => {
  const { project } = await enrolHere({ ticket: await there.ticket(), identity: "alice" });
  using state = openState();
  const { terminal } = testTerminal();
  const refused = { code: "OCKAM_NODE_IDENTITY_NOT_FOUND" };
  await expect(renewMembership(terminal, state, { project, identity: "alcie" })).rejects.toMatchObject(
    refused,
  );
  const choice = { state, terminal, identity: "alcie", ...authorityOf(project) };
  await expect(withAuthority(choice, (client) => client.members())).rejects.toMatchObject(refused);
  expect(state.identities.list().map(({ name }) => name)).toEqual(["alice"]);
});

test("no ticket is in the state folder afterwards", async () => {
  const full = await there.fullTicket();
  await enrolHere({ ticket: formatTicket(full, "text") });
  const code = Buffer.from(full.oneTimeCode);
  const database = readFileSync(join(home, "database.sqlite3"));
  expect(database.includes(code)).toBe(false);
  expect(database.includes(code.toString("hex"))).toBe(false);
});

test("a project with another one's name is called by its id", async () => {
  await enrolHere({ ticket: await there.ticket() });
  await using other = await TestProject.start({ id: "ba9876543210" });
  const { project } = await enrolHere({ ticket: await other.ticket({}, "short") });
  expect(project).toMatchObject({ name: "ba9876543210", recordName: "default", isDefault: false });
  expect(verifyProject(project).id).toBe(project.id);
});

function enrolHere(options: EnrolOptions) {
  return enrol(testTerminal().terminal, { timeout: 5000, ...options });
}

function expectNothing(): void {
  using state = openState();
  expect(state.projects.list()).toEqual([]);
  expect(state.identities.list()).toEqual([]);
  expect(state.credentials.list()).toEqual([]);
}
