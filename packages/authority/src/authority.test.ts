import { isOckamError } from "@ockam/codec";
import { Address, connect, echoWorker, listen, memoryTransport, Router } from "@ockam/core-routing";
import { Attributes, memoryAttributeStorage, verifyCredential } from "@ockam/credentials";
import { createIdentities, Identifier } from "@ockam/identity";
import type { Identities } from "@ockam/identity";
import { createSecureChannel, createSecureChannelListener, trustIdentifiers } from "@ockam/secure-channel";
import { assert, asyncProperty, constantFrom, uint8Array } from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { decodeApiResponse, encodeApiResponse } from "./api-response.ts";
import { encodeApiRequest } from "./api-request.ts";
import { AuthorityClient } from "./authority-client.ts";
import { startAuthority } from "./authority.ts";
import type { AuthorityOptions, AuthorityServices } from "./authority.ts";
import {
  CREDENTIAL_LIFETIME,
  FAILED_CODES_PERIOD,
  MAX_ATTRIBUTES_LENGTH,
  MAX_FAILED_CODES,
  MAX_TOKEN_LIFETIME,
  MAX_TOKEN_USES,
  RUST_MINIMUM_LIFETIME,
} from "./constants.ts";
import { memoryMembershipStorage } from "./memory-membership-storage.ts";

const numRuns = 100 * Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const MORE = new Map([["role", "db"]]);

/** An authority, and others that reach it through secure channels. */
class Scene {
  readonly storage = memoryMembershipStorage();
  readonly accountAttributes = memoryAttributeStorage();
  time = Math.floor(Date.now() / 1000);
  readonly identities: Identities = createIdentities({ now: () => this.time });
  readonly router = new Router();
  readonly transport = memoryTransport();
  readonly callers = new Map<string, Caller>();
  authority!: Identifier;
  services!: AuthorityServices;

  async start(options: Partial<AuthorityOptions> = {}): Promise<this> {
    this.authority = (await this.identities.create()).identifier;
    this.services = startAuthority(this.router, {
      identities: this.identities,
      identifier: this.authority,
      storage: this.storage,
      projectIdentifier: "p1",
      ...options,
    });
    const { flowControlId } = await listen(this.router, this.transport, "authority");
    const listener = createSecureChannelListener(this.router, "api", {
      identities: this.identities,
      identifier: this.authority,
      consumerOf: [flowControlId],
    });
    const echo = this.router.start(echoWorker(), { address: "echo" }).address;
    for (const address of [...this.services.addresses, echo]) {
      this.router.flowControls.addConsumer(address, listener.flowControlId);
    }
    return this;
  }

  /** Somebody with a channel to the authority. */
  async caller(): Promise<Caller> {
    const router = new Router();
    const identities = createIdentities({ now: () => this.time });
    const identifier = (await identities.create()).identifier;
    const connection = await connect(router, this.transport, "authority");
    const channel = await createSecureChannel(router, [connection.address, Address.local("api")], {
      identities,
      identifier,
      trustPolicy: trustIdentifiers([this.authority]),
    });
    const caller = {
      identifier,
      identities,
      router,
      channel: channel.address,
      client: new AuthorityClient(router, [channel.address], { timeout: 2000 }),
    };
    this.callers.set(identifier.hex, caller);
    return caller;
  }

  async member(properties: Record<string, string>, isPreTrusted = false): Promise<Caller> {
    const caller = await this.caller();
    await this.storage.put({
      identifier: caller.identifier,
      attributes: Attributes.of(properties),
      addedBy: this.authority,
      addedAt: this.time,
      isPreTrusted,
    });
    return caller;
  }

  enroller(isPreTrusted = false): Promise<Caller> {
    return this.member({ "ockam-role": "enroller" }, isPreTrusted);
  }

  async close(): Promise<void> {
    for (const { router } of this.callers.values()) await router.close();
    await this.services.close();
    await this.router.close();
  }
}

interface Caller {
  readonly identifier: Identifier;
  readonly identities: Identities;
  readonly router: Router;
  readonly channel: Address;
  readonly client: AuthorityClient;
}

let scene: Scene;

beforeEach(async () => {
  scene = await new Scene().start();
});

afterEach(() => scene.close());

async function restart(options: Partial<AuthorityOptions>): Promise<void> {
  await scene.close();
  scene = await new Scene().start(options);
}

async function reasonOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!isOckamError(error, "OCKAM_AUTHORITY_REFUSED")) throw new Error(`not refused: ${String(error)}`);
  return String(error.details["reason"]);
}

async function credentialOf({ client, identifier }: Caller): ReturnType<typeof verifyCredential> {
  const authorities = [scene.authority];
  return verifyCredential(scene.identities, await client.issueCredential(), {
    authorities,
    expectedSubject: identifier,
  });
}

describe("credentials", () => {
  test("a member gets one with its attributes and the project", async () => {
    const member = await scene.member({ role: "db" });
    const credential = await credentialOf(member);
    expect(credential.attributes.toText()).toEqual(
      new Map([
        ["role", "db"],
        ["trust_context_id", "p1"],
      ]),
    );
    expect(credential.expiresAt - credential.createdAt).toBe(CREDENTIAL_LIFETIME);
  });

  test("one who is no member gets none", async () => {
    const stranger = await scene.caller();
    expect(await reasonOf(stranger.client.issueCredential())).toBe("unauthorized member");
  });

  test("the project's node gets none: who carries all messages must not pass for a member at their ends", async () => {
    const node = await scene.member({ "ockam-project-node": "true", role: "web" });
    expect(await reasonOf(node.client.issueCredential())).toBe("the project's node gets no credential");
    // It hears of changes all the same.
    expect(await node.client.membershipChanges(undefined)).toMatchObject({ complete: true });
    const other = await scene.member({ "ockam-project-node": "false" });
    expect(await other.client.issueCredential()).toBeInstanceOf(Uint8Array);
  });

  test("one who does not say that it renews early gets one that lasts", async () => {
    const { channel, identifier, router } = await scene.member({});
    for (const path of ["/", "/credential"]) {
      const request = encodeApiRequest({ id: 7, path, method: "POST", body: undefined });
      const reply = await router.request([channel, Address.local("credential_issuer")], request);
      const { body, re, status } = decodeApiResponse(reply.payload);
      expect([re, status]).toEqual([7, 200]);
      const { createdAt, expiresAt } = await verifyCredential(scene.identities, body!, {
        authorities: [scene.authority],
        expectedSubject: identifier,
      });
      expect(expiresAt - createdAt).toBe(RUST_MINIMUM_LIFETIME);
    }
  });

  test("the member's own attributes win over those of everybody, which can be left out", async () => {
    const own = await scene.member({ trust_context_id: "mine" });
    expect((await credentialOf(own)).attributes.text("trust_context_id")).toBe("mine");
    await restart({ trustContextId: false, credentialLifetime: 10 });
    const credential = await credentialOf(await scene.member({}));
    expect(credential.attributes.size).toBe(0);
    expect(credential.expiresAt - credential.createdAt).toBe(10);
  });

  test("after a change, the next one is younger than those that are void", async () => {
    const enroller = await scene.enroller();
    const member = await scene.member({});
    const before = await credentialOf(member);
    await enroller.client.addMember(member.identifier, MORE);
    const after = await credentialOf(member);
    expect(await scene.storage.lastChangeOf(member.identifier)).toBe(before.createdAt);
    expect(after.createdAt).toBe(before.createdAt + 1);
    expect(after.attributes.text("role")).toBe("db");
  });
});

describe("one-time codes", () => {
  test("make a member, once", async () => {
    const enroller = await scene.enroller();
    const code = await enroller.client.createToken({ attributes: MORE });
    const [first, second] = [await scene.caller(), await scene.caller()];
    expect(await first.client.redeemToken(code)).toBe("enrolled");
    expect(await first.client.redeemToken(code)).toBe("already-a-member");
    expect(await reasonOf(second.client.redeemToken(code))).toBe("Unknown enrollment token");
    const member = await enroller.client.member(first.identifier);
    expect(member.attributes.toText()).toEqual(MORE);
    expect(member.attestedBy?.hex).toBe(enroller.identifier.hex);
  });

  test("can be used as often, and as long, as they say", async () => {
    const enroller = await scene.enroller();
    const code = await enroller.client.createToken({ attributes: new Map(), uses: 2, ttl: 10 });
    const single = await enroller.client.createToken({ attributes: new Map(), uses: 0, ttl: 10 });
    for (const times of [1, 2]) {
      expect([times, await (await scene.caller()).client.redeemToken(code)]).toEqual([times, "enrolled"]);
    }
    expect(await reasonOf((await scene.caller()).client.redeemToken(code))).toBe("Unknown enrollment token");
    scene.time += 10;
    expect(await reasonOf((await scene.caller()).client.redeemToken(single))).toBe(
      "Unknown enrollment token",
    );
  });

  test("are kept as hashes only", async () => {
    const add = vi.spyOn(scene.storage, "addToken");
    const enroller = await scene.enroller();
    const code = await enroller.client.createToken({ attributes: MORE });
    const { codeHash } = add.mock.calls[0]![0];
    expect(codeHash).toEqual(scene.identities.vault.sha256(code));
  });

  test("are made by enrollers only, and within limits", async () => {
    const member = await scene.member({});
    const reason = "Non-enroller is trying to issue an enrollment token";
    expect(await reasonOf(member.client.createToken({ attributes: MORE }))).toBe(reason);
    const enroller = await scene.enroller();
    const make = (options: object): Promise<unknown> =>
      enroller.client.createToken({ attributes: MORE, ...options });
    await make({ ttl: MAX_TOKEN_LIFETIME, uses: MAX_TOKEN_USES });
    await expect(reasonOf(make({ ttl: MAX_TOKEN_LIFETIME + 1 }))).resolves.toContain("lasts at most");
    await expect(reasonOf(make({ uses: MAX_TOKEN_USES + 1 }))).resolves.toContain("used at most");
    for (const attributes of [
      new Map([["identifier", "I1"]]),
      new Map([["x", "x".repeat(MAX_ATTRIBUTES_LENGTH)]]),
    ]) {
      await expect(reasonOf(make({ attributes }))).resolves.toContain("attribute");
    }
  });

  test("wrong ones are refused for a while, to that identity alone", async () => {
    const enroller = await scene.enroller();
    const code = await enroller.client.createToken({ attributes: MORE });
    const guesser = await scene.caller();
    for (let i = 0; i < MAX_FAILED_CODES; i++) {
      const reason = await reasonOf(guesser.client.redeemToken(new Uint8Array(32).fill(i)));
      expect(reason).toBe("Unknown enrollment token");
    }
    expect(await reasonOf(guesser.client.redeemToken(code))).toContain("Too many");
    expect(await (await scene.caller()).client.redeemToken(code)).toBe("enrolled");
    scene.time += FAILED_CODES_PERIOD;
    expect(await reasonOf(guesser.client.redeemToken(code))).toBe("Unknown enrollment token");
  });
});

describe("members", () => {
  test("are listed, shown, added, changed and removed by enrollers", async () => {
    const enroller = await scene.enroller();
    const member = await scene.caller();
    await enroller.client.addMember(member.identifier, MORE);
    await enroller.client.addMember(member.identifier, new Map([["role", "web"]]));
    const identifiers = await enroller.client.memberIdentifiers();
    expect(identifiers.map(String)).toEqual([enroller, member].map(({ identifier }) => String(identifier)));
    const members = await enroller.client.members();
    expect(members.map(({ attributes }) => attributes.text("role"))).toEqual([undefined, "web"]);
    const expiresAt = scene.time + 100;
    await enroller.client.addMember(member.identifier, MORE, { expiresAt });
    expect(await enroller.client.member(member.identifier)).toMatchObject({ expiresAt });
    await enroller.client.deleteMember(member.identifier);
    await enroller.client.deleteMember(member.identifier);
    expect(await reasonOf(enroller.client.member(member.identifier))).toBe(
      `Member ${member.identifier.toString()} not found`,
    );
    expect(await reasonOf(member.client.issueCredential())).toBe("unauthorized member");
  });

  test("are listed by the thousand", async () => {
    const enroller = await scene.enroller();
    const [known] = await scene.storage.list();
    const attributes = Attributes.of({
      "ockam-relay": "*",
      role: "a member among many others",
      site: "north",
    });
    vi.spyOn(scene.storage, "list").mockResolvedValue(
      Array.from({ length: 3000 }, (_, index) => ({
        ...known!,
        identifier: new Identifier(new Uint8Array(32).fill(index % 256)),
        attributes,
      })),
    );
    const members = await enroller.client.members();
    expect(members).toHaveLength(3000);
    expect(members.at(-1)!.attributes).toEqual(attributes);
  });

  test("are nobody else's business", async () => {
    const { client, identifier } = await scene.member({});
    const calls: [Promise<unknown>, string][] = [
      [client.members(), "Non-enroller is trying to list members"],
      [client.memberIdentifiers(), "Non-enroller is trying to list members"],
      [client.member(identifier), "Non-enroller is trying to retrieve a member"],
      [client.deleteMember(identifier), "Non-enroller is trying to delete a member"],
      [client.deleteMembers(), "Non-enroller is trying to delete a member"],
      [
        client.addMember(identifier, MORE),
        `Non-enroller ${identifier.toString()} is trying to add a member ${identifier.toString()}`,
      ],
    ];
    for (const [call, reason] of calls) expect(await reasonOf(call)).toBe(reason);
  });

  test("that the owner named stay", async () => {
    const enroller = await scene.enroller();
    const trusted = await scene.enroller(true);
    const others = [await scene.member({}), await scene.enroller()];
    expect(await reasonOf(enroller.client.deleteMember(trusted.identifier))).toBe(
      "Enroller is trying to delete a pre trusted identity",
    );
    await enroller.client.deleteMembers();
    const left = (await enroller.client.memberIdentifiers()).map(String);
    expect(left).toEqual([enroller, trusted].map(({ identifier }) => String(identifier)));
    expect(others).toHaveLength(2);
  });
});

async function withAccount(enforceAdminChecks: boolean): Promise<Caller> {
  const account = (await scene.identities.create()).identifier;
  const attributes = memoryAttributeStorage();
  await restart({ accountAuthority: { identifier: account, attributes }, enforceAdminChecks });
  const admin = await scene.caller();
  await attributes.put({
    subject: admin.identifier,
    attestedBy: account,
    attributes: Attributes.of({ project: "p1" }),
    addedAt: scene.time,
    expiresAt: scene.time + 600,
  });
  const other = await scene.caller();
  await attributes.put({
    subject: other.identifier,
    attestedBy: account,
    attributes: Attributes.of({ project: "p2" }),
    addedAt: scene.time,
    expiresAt: scene.time + 600,
  });
  expect(await reasonOf(other.client.issueCredential())).toBe("unauthorized member");
  return admin;
}

describe("administrators", () => {
  const ENROLLER_TOKEN = { attributes: new Map([["ockam-role", "enroller"]]) };

  test("of the account are members without being listed", async () => {
    const admin = await withAccount(true);
    expect((await credentialOf(admin)).attributes.toText()).toEqual(
      new Map([
        ["ockam-relay", "*"],
        ["ockam-tls-certificate", "true"],
        ["trust_context_id", "p1"],
      ]),
    );
    await expect(admin.client.createToken(ENROLLER_TOKEN)).resolves.toHaveLength(32);
  });

  test("alone make, change and remove enrollers where that is enforced", async () => {
    const admin = await withAccount(true);
    const [enroller, second] = [await scene.enroller(), await scene.enroller()];
    const { client } = enroller;
    await expect(client.createToken({ attributes: MORE })).resolves.toHaveLength(32);
    expect(await reasonOf(client.createToken(ENROLLER_TOKEN))).toBe(
      "Not admin is trying to issue an enrollment token for an enroller",
    );
    expect(await reasonOf(client.addMember(admin.identifier, ENROLLER_TOKEN.attributes))).toBe(
      "Not pre trusted enroller is trying to create an enroller",
    );
    expect(await reasonOf(client.deleteMember(second.identifier))).toBe(
      "Not admin is trying to delete an enroller",
    );
    expect(await reasonOf(client.addMember(second.identifier, MORE))).toContain("Not admin");
    await admin.client.deleteMember(second.identifier);
  });

  test("are all enrollers otherwise", async () => {
    await withAccount(false);
    const { client } = await scene.enroller();
    await expect(client.createToken(ENROLLER_TOKEN)).resolves.toHaveLength(32);
  });
});

describe("changes", () => {
  test("are told to members as they happen", async () => {
    const enroller = await scene.enroller();
    const [watcher, member] = [await scene.member({}), await scene.member({})];
    const start = await watcher.client.membershipChanges(undefined);
    expect(start).toEqual({ sequence: 0, changes: [], complete: true });
    const waiting = watcher.client.membershipChanges(0);
    await enroller.client.deleteMember(member.identifier);
    const { changes, sequence } = (await waiting)!;
    expect(changes.map(({ changedAt, subject }) => [subject.hex, changedAt])).toEqual([
      [member.identifier.hex, scene.time],
    ]);
    expect(sequence).toBe(1);
    expect((await watcher.client.membershipChanges(0))!.changes).toHaveLength(1);
  });

  test("are awaited without holding up the channel", async () => {
    const watcher = await scene.member({});
    const { sequence } = (await watcher.client.membershipChanges(undefined))!;
    let isOver = false;
    const waiting = watcher.client.membershipChanges(sequence).finally(() => {
      isOver = true;
    });
    await credentialOf(watcher);
    await credentialOf(watcher);
    expect(isOver).toBe(false);
    await (await scene.enroller()).client.addMember(watcher.identifier, MORE);
    expect((await waiting)!.changes).toHaveLength(1);
  });

  test("are told to nobody else", async () => {
    const stranger = await scene.caller();
    expect(await reasonOf(stranger.client.membershipChanges(undefined))).toBe("unauthorized member");
  });

  test("are not told by others than us", async () => {
    const { channel, router } = await scene.member({});
    await scene.services.close();
    const client = new AuthorityClient(router, [channel]);
    await expect(client.membershipChanges(undefined, { timeout: 50 })).resolves.toBeUndefined();
    await expect(client.project({ timeout: 50 })).resolves.toBeUndefined();
    await expect(client.issueCredential({ timeout: 50 })).rejects.toMatchObject({
      code: "OCKAM_AUTHORITY_UNANSWERED",
    });
  });
});

describe("the project", () => {
  test("is told to anybody with a channel, and its node says where it is", async () => {
    let record: string | undefined;
    const registered: [string, string][] = [];
    await restart({
      project: {
        record: () => record,
        registerNode: (caller, { accessRoute }) => {
          registered.push([caller.hex, accessRoute]);
        },
      },
    });
    const stranger = await scene.caller();
    await expect(stranger.client.project()).resolves.toBeUndefined();
    record = '{"id":"p1"}';
    await expect(stranger.client.project()).resolves.toBe(record);
    const registration = { accessRoute: "/dnsaddr/a/tcp/1/service/api", changeHistory: new Uint8Array(3) };
    expect(await reasonOf(stranger.client.registerProjectNode(registration))).toContain("project's node");
    const node = await scene.member({ "ockam-project-node": "true" });
    await node.client.registerProjectNode(registration);
    expect(registered).toEqual([[node.identifier.hex, registration.accessRoute]]);
  });
});

describe("requests", () => {
  const SERVICES = [
    "credential_issuer",
    "enrollment_token_issuer",
    "enrollment_token_acceptor",
    "direct_authenticator",
    "membership_changes",
  ];

  test.each(SERVICES)("%s answers an unknown path", async (service) => {
    const { channel, router } = await scene.enroller();
    for (const path of service === "direct_authenticator" ? ["/a/b/c"] : ["", "/a", "//"]) {
      const request = encodeApiRequest({ id: 5, path, method: "POST", body: undefined });
      const reply = await router.request([channel, Address.local(service)], request);
      const { re, status } = decodeApiResponse(reply.payload);
      expect([path, re, status]).toEqual([path, 5, 400]);
    }
  });

  test("without a secure channel get no further", async () => {
    const request = encodeApiRequest({ id: 5, path: "/", method: "POST", body: undefined });
    for (const service of SERVICES) {
      const reply = await scene.router.request([Address.local(service)], request);
      expect(decodeApiResponse(reply.payload)).toMatchObject({ re: 0, status: 400 });
    }
  });

  test("of any bytes are answered", async () => {
    const { channel, router } = await scene.enroller();
    await assert(
      asyncProperty(constantFrom(...SERVICES), uint8Array({ maxLength: 80 }), async (service, bytes) => {
        for (const payload of [
          bytes,
          encodeApiRequest({ id: 1, path: "/", method: "POST", body: bytes }),
          encodeApiResponse({ id: 1, re: 1, status: 200, body: bytes }),
        ]) {
          const reply = await router.request([channel, Address.local(service)], payload, { timeout: 5000 });
          expect(decodeApiResponse(reply.payload).status).toBeGreaterThanOrEqual(200);
        }
      }),
      { numRuns },
    );
  });
});
