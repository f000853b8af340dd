import { CborReader, CborWriter, silentLog } from "@ockam/codec";
import { Router } from "@ockam/core-routing";
import { Attributes, verifyCredential } from "@ockam/credentials";
import { createIdentities, Identifier } from "@ockam/identity";
import type { Identities } from "@ockam/identity";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { ApiRequest, Method } from "./api-request.ts";
import type { AuthorityCore } from "./authority.ts";
import { startAuthority } from "./authority.ts";
import { ChangeFeed } from "./change-feed.ts";
import {
  CHANGES_KEPT,
  CHANGES_WAIT,
  FORGETTING_PERIOD,
  MAX_CHANGES_AHEAD,
  MAX_CHANGES_TOLD,
  MAX_CREDENTIAL_LIFETIME,
  MAX_MEMBER_ATTRIBUTES,
  MAX_MEMBERS,
  MAX_TOKENS,
  MAX_WAITING_REQUESTS,
  MAX_WAITING_REQUESTS_PER_MEMBER,
  SLOW_REFUSAL,
} from "./constants.ts";
import { credentialIssuer } from "./credential-issuer.ts";
import { FailedCodes } from "./failed-codes.ts";
import { memberAdministration } from "./member-administration.ts";
import { readAttributesEntry } from "./member.ts";
import { decodeChanges, encodeChangesRequest } from "./membership-changes.ts";
import { memoryMembershipStorage } from "./memory-membership-storage.ts";
import type { MembershipStorage } from "./membership-storage.ts";
import { Roles } from "./roles.ts";
import type { Answer } from "./service.ts";
import { tokenAcceptor } from "./token-acceptor.ts";
import { tokenIssuer } from "./token-issuer.ts";

const NOW = 1_800_000_000;
const ENROLLER = { "ockam-role": "enroller" };

let identities: Identities;
let storage: MembershipStorage;
let time: number;
let core: AuthorityCore;
let [enroller, member]: [Identifier?, Identifier?] = [];

beforeEach(async () => {
  identities = createIdentities({ now: () => NOW });
  storage = memoryMembershipStorage();
  time = NOW;
  const { identifier } = await identities.create();
  const shared = { identities, identifier, storage, projectIdentifier: "p1", now: () => NOW };
  const feed = new ChangeFeed(storage, () => time);
  core = { ...shared, credentialLifetime: 300, log: silentLog, roles: new Roles(shared), changes: feed };
  enroller = (await identities.create()).identifier;
  member = (await identities.create()).identifier;
  await put(enroller, ENROLLER);
  await put(member, {});
});

afterEach(() => {
  core.changes.close();
  vi.useRealTimers();
});

describe("a credential that is issued while its member changes", () => {
  test("is issued anew", async () => {
    vi.spyOn(storage, "find").mockImplementationOnce(async (identifier) => {
      const found = { identifier, attributes: Attributes.of({ a: "old" }), ...BY };
      await put(member!, { a: "new" }, NOW);
      return { ...found, addedBy: enroller! };
    });
    const credential = await verify(bodyOf(await issue()));
    expect(credential.attributes.text("a")).toBe("new");
    expect(credential.createdAt).toBe(NOW + 1);
  });

  test("is not issued to one who was removed", async () => {
    const find = storage.find.bind(storage);
    vi.spyOn(storage, "find").mockImplementationOnce(async (identifier) => {
      const found = await find(identifier);
      await storage.delete(member!, NOW - 10);
      return found;
    });
    expect(await issue()).toMatchObject({ status: 403, reason: "unauthorized member" });
  });

  test("is given up when there is no end of it", async () => {
    let changedAt = NOW;
    vi.spyOn(storage, "lastChangeOf").mockImplementation(async () => changedAt++);
    expect(await issue()).toMatchObject({ status: 500 });
  });

  test("is older than the next change, also when both are in one second", async () => {
    for (const value of ["1", "2", "3"]) {
      await put(member!, { value }, NOW);
      const { createdAt } = await verify(bodyOf(await issue()));
      expect(createdAt).toBe((await storage.lastChangeOf(member!))! + 1);
      await put(member!, { value: "void" }, NOW);
      expect(await storage.lastChangeOf(member!)).toBeGreaterThanOrEqual(createdAt);
    }
  });
});

test.each([
  ["nothing", undefined, 600],
  ["that it renews early", new CborWriter().map(1).uint(1).bool(true).finish(), 300],
  ["that it does not", new CborWriter().map(1).uint(1).bool(false).finish(), 600],
  ["something that makes no sense", new Uint8Array([0xff, 1]), 600],
  ["text", new CborWriter().text("soon").finish(), 600],
])("the credential of one who says %s", async (_, body, lifetime) => {
  const { createdAt, expiresAt } = await verify(bodyOf(await issue(body)));
  expect(expiresAt - createdAt).toBe(lifetime);
});

test("a credential's lifetime has its bounds", () => {
  for (const credentialLifetime of [0, 1.5, MAX_CREDENTIAL_LIFETIME + 1]) {
    expect(() => startAuthority(new Router(), { ...core, credentialLifetime })).toThrow(RangeError);
  }
});

describe("one-time codes", () => {
  test("a right one is not kept waiting by the refusals of others", async () => {
    vi.useFakeTimers();
    vi.spyOn(FailedCodes.prototype, "areMany").mockReturnValue(true);
    const acceptor = tokenAcceptor(core);
    const codes = tokenIssuer(core);
    const body = new CborWriter().map(1).uint(1).map(0).finish();
    const token = bodyOf(await codes.handle(enroller!, request("POST", "/", body)));
    const [guesser, joiner] = [
      (await identities.create()).identifier,
      (await identities.create()).identifier,
    ];
    let refused: unknown;
    const guess = new CborWriter().map(1).uint(1).bytes(new Uint8Array(32)).finish();
    const guessing = acceptor.handle(guesser, request("POST", "/", guess)).then((answer) => {
      refused = answer;
    });
    expect(await acceptor.handle(joiner, request("POST", "/", token))).toEqual({ body: undefined });
    await vi.advanceTimersByTimeAsync(SLOW_REFUSAL - 1);
    expect(refused).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await guessing;
    expect(refused).toMatchObject({ status: 403, reason: "Unknown enrollment token" });
  });

  test("there are not more than so many, and not more members", async () => {
    const body = new CborWriter().map(1).uint(1).map(0).finish();
    const token = bodyOf(await tokenIssuer(core).handle(enroller!, request("POST", "/", body)));
    vi.spyOn(storage, "counts").mockResolvedValue({ members: MAX_MEMBERS, tokens: MAX_TOKENS });
    expect(await tokenIssuer(core).handle(enroller!, request("POST", "/", body))).toMatchObject({
      status: 403,
    });
    const { identifier } = await identities.create();
    expect(await tokenAcceptor(core).handle(identifier, request("POST", "/", token))).toMatchObject({
      status: 403,
      reason: "Error adding member using enrollment token",
    });
    expect(await add(identifier, {})).toMatchObject({ status: 403, reason: "Error adding member" });
    expect(await add(member!, { a: "1" })).toEqual({ body: undefined });
  });
});

describe("members", () => {
  test("have at most so many attributes, with which they get a credential", async () => {
    expect(await add(member!, propertiesOf(MAX_MEMBER_ATTRIBUTES + 1))).toMatchObject({ status: 403 });
    expect(await add(member!, propertiesOf(MAX_MEMBER_ATTRIBUTES))).toEqual({ body: undefined });
    expect((await verify(bodyOf(await issue()))).attributes.size).toBe(MAX_MEMBER_ATTRIBUTES + 1);
  });

  test("do not change so often that their credentials lie in the future", async () => {
    for (let count = 0; count <= MAX_CHANGES_AHEAD; count++) {
      expect(await add(member!, { count: String(count) })).toEqual({ body: undefined });
    }
    expect(await add(member!, {})).toMatchObject({
      status: 403,
      reason: expect.stringContaining("too often"),
    });
    await storage.delete(member!, NOW);
    expect(await add(member!, {})).toMatchObject({ status: 403 });
  });

  test("whose time is over are none, and their credentials end with it", async () => {
    const body = (expiresAt: number): Uint8Array =>
      new CborWriter().map(3).uint(1).bytes(member!.bytes).uint(2).map(0).uint(3).uint(expiresAt).finish();
    const service = memberAdministration(core);
    await service.handle(enroller!, request("POST", "/", body(NOW + 100)));
    const { createdAt, expiresAt } = await verify(bodyOf(await issue()));
    expect([createdAt, expiresAt]).toEqual([NOW + 1, NOW + 100]);
    const shown = await service.handle(enroller!, request("GET", `/members/${String(member)}`));
    expect(readAttributesEntry(new CborReader(bodyOf(shown)), member!)).toMatchObject({
      expiresAt: NOW + 100,
    });
    await service.handle(enroller!, request("POST", "/", body(NOW)));
    expect(await issue()).toMatchObject({ status: 403, reason: "unauthorized member" });
  });

  test("are removed one by one, and others get their turn meanwhile", async () => {
    for (let count = 0; count < 5; count++) await put((await identities.create()).identifier, {});
    let left = 0;
    setTimeout(async () => {
      left = (await storage.list()).length;
    }, 0);
    await memberAdministration(core).handle(enroller!, request("DELETE", "/members"));
    expect(left).toBeGreaterThan(1);
    expect(await storage.list()).toHaveLength(1);
  });

  test("that are too many for one answer are not listed, but their identifiers are", async () => {
    const attributes = Attributes.of({ long: "x".repeat(16_000) });
    const all = Array.from({ length: 300 }, () => ({
      identifier: member!,
      attributes,
      ...BY,
      addedBy: enroller!,
    }));
    vi.spyOn(storage, "list").mockResolvedValue(all);
    const service = memberAdministration(core);
    expect(await service.handle(enroller!, request("GET", "/"))).toMatchObject({
      status: 403,
      reason: expect.stringContaining("too long"),
    });
    expect(bodyOf(await service.handle(enroller!, request("GET", "/member_ids")))).toHaveLength(3 + 300 * 34);
  });
});

describe("changes", () => {
  test("are not told to one who is too far behind", async () => {
    vi.spyOn(storage, "lastSequence").mockResolvedValue(MAX_CHANGES_TOLD + 5);
    expect(await changes(4)).toEqual({ sequence: MAX_CHANGES_TOLD + 5, changes: [], complete: false });
    const changesSince = vi.spyOn(storage, "changesSince");
    changesSince.mockResolvedValue({ sequence: 7, changes: [], complete: false });
    expect((await changes(5)).sequence).toBe(7);
  });

  test("are awaited by so many requests of one member", async () => {
    vi.useFakeTimers();
    const waiting = Array.from({ length: MAX_WAITING_REQUESTS_PER_MEMBER }, () => changes(0));
    await vi.advanceTimersByTimeAsync(1);
    expect(await changes(0)).toEqual({ sequence: 0, changes: [], complete: true });
    await put(enroller!, ENROLLER);
    const others = changes(0, enroller);
    await vi.advanceTimersByTimeAsync(CHANGES_WAIT);
    expect(await Promise.all([...waiting, others])).toHaveLength(MAX_WAITING_REQUESTS_PER_MEMBER + 1);
    const again = changes(0);
    await vi.advanceTimersByTimeAsync(1);
    await add(member!, { a: "1" });
    expect((await again).changes).toEqual([{ subject: member, changedAt: NOW }]);
  });

  test("are awaited by so many requests in all", async () => {
    vi.useFakeTimers();
    const members = MAX_WAITING_REQUESTS / MAX_WAITING_REQUESTS_PER_MEMBER;
    const waiting: Promise<unknown>[] = [];
    for (let number = 0; number < members; number++) {
      const bytes = new Uint8Array(32);
      new DataView(bytes.buffer).setUint32(0, number);
      const identifier = new Identifier(bytes);
      await put(identifier, {});
      for (let count = 0; count < MAX_WAITING_REQUESTS_PER_MEMBER; count++)
        waiting.push(changes(0, identifier));
    }
    await vi.advanceTimersByTimeAsync(1);
    expect((await changes(0)).changes).toEqual([]);
    core.changes.wake();
    await Promise.all(waiting);
    const again = changes(0);
    await vi.advanceTimersByTimeAsync(1);
    await add(member!, { a: "1" });
    expect((await again).changes).toHaveLength(1);
  });

  test("are forgotten when no credential can be as old, every now and then", async () => {
    const forget = vi.spyOn(storage, "forgetChangesBefore");
    await put(enroller!, ENROLLER, NOW);
    for (const after of [0, FORGETTING_PERIOD - 1, FORGETTING_PERIOD]) {
      time = NOW + after;
      await changes(0);
    }
    expect(forget.mock.calls).toEqual([[NOW - CHANGES_KEPT], [NOW + FORGETTING_PERIOD - CHANGES_KEPT]]);
  });

  test("that come between looking and waiting are told", async () => {
    const changesSince = storage.changesSince.bind(storage);
    vi.spyOn(storage, "changesSince").mockImplementationOnce(async (sequence) => {
      const before = await changesSince(sequence);
      await add(member!, { a: "1" });
      return before;
    });
    const { sequence } = await changes(0);
    expect((await changes(sequence)).changes).toHaveLength(1);
  });
});

const BY = { addedAt: NOW, isPreTrusted: false };

async function put(
  identifier: Identifier,
  properties: Record<string, string>,
  changedAt?: number,
): Promise<void> {
  const attributes = Attributes.of(properties);
  await storage.put({ identifier, attributes, addedBy: core.identifier, ...BY }, changedAt);
}

function propertiesOf(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`name${index}`, "v"]));
}

function add(identifier: Identifier, properties: Record<string, string>): Promise<Answer> {
  const entries = Object.entries(properties);
  const writer = new CborWriter().map(2).uint(1).bytes(identifier.bytes).uint(2).map(entries.length);
  for (const [name, value] of entries) writer.text(name).text(value);
  return memberAdministration(core).handle(enroller!, request("POST", "/", writer.finish()));
}

function issue(body?: Uint8Array): Promise<Answer> {
  return credentialIssuer(core).handle(member!, request("POST", "/", body));
}

async function changes(since: number, caller = member!): Promise<ReturnType<typeof decodeChanges>> {
  const service = core.changes.service(core);
  return decodeChanges(
    bodyOf(await service.handle(caller, request("POST", "/", encodeChangesRequest(since)))),
  );
}

function verify(encoded: Uint8Array): ReturnType<typeof verifyCredential> {
  return verifyCredential(identities, encoded, { authorities: [core.identifier], expectedSubject: member! });
}

function request(method: Method, path: string, body?: Uint8Array): ApiRequest {
  return { id: 1, path, method, body };
}

function bodyOf(answer: Answer): Uint8Array {
  if ("reason" in answer || answer.body === undefined) throw new Error(JSON.stringify(answer));
  return answer.body;
}
