import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { freePort } from "@ockam/acceptance/free-port";
import { AuthorityClient, memoryMembershipStorage, startAuthority } from "@ockam/authority";
import { fromHex, toHex } from "@ockam/codec";
import { Address, connect, listen, Router } from "@ockam/core-routing";
import { Attributes, verifyCredential } from "@ockam/credentials";
import type { Credential } from "@ockam/credentials";
import { createIdentities, Identifier } from "@ockam/identity";
import { createSecureChannel, createSecureChannelListener, trustIdentifiers } from "@ockam/secure-channel";
import { tcp } from "@ockam/transport-tcp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { OckamHome } from "./ockam-home.ts";
import { rustOckam } from "./rust-ockam.ts";

const api = Address.local("api");
const ENROLLER = new Map([["ockam-role", "enroller"]]);
const CLIENT = new Map([
  ["role", "client"],
  ["ockam-relay", "*"],
]);

const identities = createIdentities();
let rust: OckamHome;

beforeAll(async () => {
  rust = await rustOckam();
});

afterAll(async () => {
  await rust?.[Symbol.asyncDispose]();
});

describe("our client at a Rust authority", () => {
  const router = new Router();
  let port: number;
  let authority: Identifier;
  let enroller: Identifier;

  beforeAll(async () => {
    port = await freePort();
    enroller = (await identities.create()).identifier;
    const create = ["authority", "create", "--tcp-listener-address", `127.0.0.1:${port}`];
    const trusted = JSON.stringify({ [String(enroller)]: Object.fromEntries(ENROLLER) });
    await rust.output([...create, "--project-identifier", "p1", "--trusted-identities", trusted]);
    const history = await rust.output(["identity", "show", "authority-p1", "--full", "--encoding", "hex"]);
    authority = (await identities.import(fromHex(history))).identifier;
  });

  afterAll(async () => {
    await router.close();
  });

  async function clientOf(identifier: Identifier): Promise<AuthorityClient> {
    const connection = await connect(router, tcp(), `127.0.0.1:${port}`);
    const channel = await createSecureChannel(router, [connection.address, api], {
      identities,
      identifier,
      trustPolicy: trustIdentifiers([authority]),
      confirm: true,
    });
    return new AuthorityClient(router, [channel.address], { timeout: 10_000 });
  }

  async function stranger(): Promise<{ identifier: Identifier; client: AuthorityClient }> {
    const { identifier } = await identities.create();
    return { identifier, client: await clientOf(identifier) };
  }

  function verified(encoded: Uint8Array, subject: Identifier): Promise<Credential> {
    return verifyCredential(identities, encoded, { authorities: [authority], expectedSubject: subject });
  }

  test("a code enrols once, and its member gets a credential", async () => {
    const admin = await clientOf(enroller);
    const code = await admin.createToken({ attributes: CLIENT, ttl: 60 });
    const { client, identifier } = await stranger();
    await expect(client.issueCredential()).rejects.toMatchObject(refused("unauthorized member"));
    const wrong = new Uint8Array(32).fill(7);
    await expect(client.redeemToken(wrong)).rejects.toMatchObject(refused("Unknown enrollment token"));
    expect(await client.redeemToken(code)).toBe("enrolled");
    expect(await client.redeemToken(code)).toBe("already-a-member");
    const { attributes } = await verified(await client.issueCredential(), identifier);
    expect(attributes.toText()).toEqual(new Map([...CLIENT, ["trust_context_id", "p1"]]));
    const second = await stranger();
    await expect(second.client.redeemToken(code)).rejects.toMatchObject(refused("Unknown enrollment token"));
  });

  test("a code of two uses enrols two", async () => {
    const code = await (await clientOf(enroller)).createToken({ attributes: new Map(), uses: 2 });
    const outcomes = [];
    for (let index = 0; index < 3; index++) {
      const { client } = await stranger();
      outcomes.push(await client.redeemToken(code).catch(() => "refused"));
    }
    expect(outcomes).toEqual(["enrolled", "enrolled", "refused"]);
  });

  test("members are added, changed, listed and removed", async () => {
    const admin = await clientOf(enroller);
    const { client, identifier } = await stranger();
    await admin.addMember(identifier, new Map([["role", "other"]]));
    await admin.addMember(identifier, CLIENT);
    const member = await admin.member(identifier);
    expect(member.attributes.toText()).toEqual(CLIENT);
    expect(member.attestedBy?.equals(enroller)).toBe(true);
    expect((await admin.memberIdentifiers()).map(String)).toContain(String(identifier));
    const listed = await admin.members();
    expect(listed.map((one) => String(one.identifier))).toContain(String(identifier));
    expect(listed.find((one) => one.identifier.equals(enroller))?.attributes.toText()).toEqual(ENROLLER);
    await verified(await client.issueCredential(), identifier);
    await admin.deleteMember(identifier);
    await admin.deleteMember(identifier);
    await expect(admin.member(identifier)).rejects.toMatchObject(
      refused(`Member ${String(identifier)} not found`),
    );
    await expect(client.issueCredential()).rejects.toMatchObject(refused("unauthorized member"));
    await admin.deleteMembers();
    expect((await admin.memberIdentifiers()).map(String)).toEqual([String(enroller)]);
  });

  test("one who is no enroller is refused", async () => {
    const { client, identifier } = await stranger();
    const refusals = [
      client.createToken({ attributes: new Map() }),
      client.addMember(identifier, new Map()),
      client.members(),
      client.memberIdentifiers(),
      client.member(identifier),
      client.deleteMember(identifier),
      client.deleteMembers(),
    ];
    for (const refusal of refusals)
      await expect(refusal).rejects.toMatchObject(refused(expect.stringMatching(/^Non-enroller /)));
  });

  test("what only our authorities offer is not there, which does not take long to find out", async () => {
    const client = await clientOf(enroller);
    const answers = Promise.all([client.membershipChanges(undefined), client.project()]);
    expect(await answers).toEqual([undefined, undefined]);
  });
});

describe("the Rust command at our authority", () => {
  const router = new Router();
  const storage = memoryMembershipStorage();
  const PROJECT = ["--project-name", "ours", "--identity", "admin"];
  let authority: Identifier;

  beforeAll(async () => {
    const { identifier, changeHistory } = await identities.create();
    authority = identifier;
    const port = await freePort();
    const tcpListener = await listen(router, tcp(), `127.0.0.1:${port}`);
    const channels = createSecureChannelListener(router, api, {
      identities,
      identifier,
      consumerOf: [tcpListener.flowControlId],
    });
    const services = startAuthority(router, { identities, identifier, storage, projectIdentifier: "ours" });
    for (const address of services.addresses)
      router.flowControls.addConsumer(address, channels.flowControlId);

    const admin = Identifier.parse(await rust.createIdentity("admin"));
    const now = identities.now();
    await storage.setPreTrusted(
      [
        {
          identifier: admin,
          attributes: new Attributes(ENROLLER),
          addedBy: identifier,
          addedAt: now,
          isPreTrusted: true,
        },
      ],
      now,
    );
    const project = {
      id: "ours",
      name: "ours",
      space_id: "",
      space_name: "",
      users: [],
      user_roles: [],
      access_route: "/ip4/127.0.0.1/tcp/1/service/ours/service/api",
      identity: String(admin),
      project_change_history: await rust.output(["identity", "show", "admin", "--full", "--encoding", "hex"]),
      authority_access_route: `/ip4/127.0.0.1/tcp/${port}/service/api`,
      authority_identity: toHex(changeHistory),
    };
    const file = join(rust.path, "project.json");
    writeFileSync(file, JSON.stringify(project));
    await rust.output(["project", "import", "--project-file", file]);
  });

  afterAll(async () => {
    await router.close();
  });

  test("project ticket and project enroll", async () => {
    const ticket = ["project", "ticket", "--project", "ours", "--identity", "admin", "--relay", "web"];
    const text = await rust.output([...ticket, "--attribute", "role=client", "--usage-count", "2"]);
    const identifier = Identifier.parse(await rust.createIdentity("joiner"));
    const enroll = ["project", "enroll", text, "--identity", "joiner", "--output", "json"];
    for (let again = 0; again < 2; again++) {
      const { credential } = JSON.parse(await rust.output(enroll)) as { credential: { credential: string } };
      const { attributes, createdAt, expiresAt } = await verifyCredential(
        identities,
        fromHex(credential.credential),
        { authorities: [authority], expectedSubject: identifier },
      );
      const expected = { "ockam-relay": "web", role: "client", trust_context_id: "ours" };
      expect(Object.fromEntries(attributes.toText())).toEqual(expected);
      expect(expiresAt - createdAt).toBe(600);
    }
    await rust.createIdentity("late");
    const late = ["project", "enroll", text, "--identity", "late"];
    await rust.output(late);
    await rust.createIdentity("too-late");
    const { exitCode, stderr } = await rust.run([...late.slice(0, -1), "too-late"]);
    expect(exitCode).toBe(70);
    expect(stderr).toContain("Unknown enrollment token");
  });

  test("project-member", async () => {
    const member = await rust.createIdentity("member");
    await rust.output(["project-member", "add", member, ...PROJECT, "-a", "role=db", "--relay", "db"]);
    const stored = await storage.find(Identifier.parse(member));
    expect(stored?.attributes.toText()).toEqual(
      new Map([
        ["ockam-relay", "db"],
        ["role", "db"],
      ]),
    );
    const ids = await rust.output(["project-member", "list-ids", ...PROJECT]);
    expect(ids).toContain(member);
    const list = await rust.output(["project-member", "list", ...PROJECT, "--output", "json"]);
    expect(list).toContain(member);
    expect(list).toContain("db");
    const shown = await rust.output(["project-member", "show", member, ...PROJECT, "--output", "json"]);
    expect(shown).toContain(member);
    await rust.output(["project-member", "delete", member, ...PROJECT]);
    expect(await storage.find(Identifier.parse(member))).toBeUndefined();
    const gone = await rust.run(["project-member", "show", member, ...PROJECT]);
    expect(gone.exitCode).toBe(70);
    expect(gone.stderr).toContain("was not found");
  });

  test("one who is no enroller is refused", async () => {
    const stranger = await rust.createIdentity("stranger");
    for (const args of [
      ["list"],
      ["list-ids"],
      ["show", stranger],
      ["add", stranger],
      ["delete", stranger],
    ]) {
      const command = ["project-member", ...args, "--project-name", "ours", "--identity", "stranger"];
      const { exitCode, stderr } = await rust.run(command);
      expect(exitCode).toBe(70);
      expect(stderr).toContain("Non-enroller");
    }
  });
});

function refused(reason: string): object {
  return { code: "OCKAM_AUTHORITY_REFUSED", details: { reason } };
}
