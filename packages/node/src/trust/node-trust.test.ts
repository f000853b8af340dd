import { toHex } from "@ockam/codec";
import { decodeCredential } from "@ockam/credentials";
import { Identifier } from "@ockam/identity";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Issuer } from "../../testing/issuer.ts";
import { addressOf, codeOf, Nodes } from "../../testing/nodes.ts";
import type { OckamNode } from "../ockam-node.ts";
import { openState, sqliteState } from "../state/sqlite-state.ts";
import type { State } from "../state/state.ts";
import type { TrustOptions } from "./trust-options.ts";

const HELLO = "0568656c6c6f";

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());

/** A state with an identity, and a credential of it in the scope `test`. */
async function stateWith(
  issuer: Issuer,
  attributes?: Readonly<Record<string, string>>,
  ttl = 60,
): Promise<State> {
  const state = openState({ inMemory: true });
  const { name } = await state.identities.getDefault();
  const { changeHistory, identifier } = await state.identities.identity(name);
  if (attributes === undefined) return state;
  const { encoded, expiresAt } = await issuer.issue(changeHistory, attributes, ttl);
  state.credentials.put({
    subject: identifier,
    issuer: issuer.identifier,
    scope: "test",
    encoded,
    expiresAt,
  });
  return state;
}

function trusting(issuer: Issuer, scope?: string): TrustOptions {
  const authority = toHex(issuer.changeHistory);
  return scope === undefined ? { kind: "authority", authority } : { kind: "authority", authority, scope };
}

/** The role of a node as another one knows it. */
async function roleOf(node: OckamNode, at: OckamNode, issuer: Issuer): Promise<string | undefined> {
  const now = Math.floor(Date.now() / 1000);
  const entry = await at.trust.attributes.get(Identifier.parse(node.identifier), issuer.identifier, now);
  return entry?.attributes.text("role");
}

async function greet(from: OckamNode, to: OckamNode, timeout = 5000): Promise<unknown> {
  return codeOf(
    async () =>
      (
        await from.sendMessage({
          to: `${addressOf(to)}/secure/api/service/echo`,
          payload: HELLO,
          timeout,
        })
      ).payload,
  );
}

test("both ends of a channel present what they have, and believe it until it expires", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const a = await nodes.create({
    state: await stateWith(issuer, { role: "client" }),
    trust: trusting(issuer, "test"),
  });
  const b = await nodes.create({
    state: await stateWith(issuer, { role: "service" }),
    trust: trusting(issuer, "test"),
  });
  await a.secureChannels.create({ to: `${addressOf(b)}/service/api` });
  expect(await roleOf(a, b, issuer)).toBe("client");
  expect(await roleOf(b, a, issuer)).toBe("service");
  vi.setSystemTime(Date.now() + 61_000);
  expect(await roleOf(a, b, issuer)).toBeUndefined();
});

test("a node without a scope believes and presents nothing; one without trust does neither", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const member = await nodes.create({
    state: await stateWith(issuer, { role: "client" }),
    trust: trusting(issuer, "test"),
  });
  const verifier = await nodes.create({ state: await stateWith(issuer), trust: trusting(issuer) });
  const plain = await nodes.create({ state: await stateWith(issuer), trust: { kind: "none" } });
  expect(await greet(member, verifier)).toBe(HELLO);
  expect(await roleOf(member, verifier, issuer)).toBe("client");
  expect(await greet(verifier, member)).toBe("OCKAM_NODE_REFUSED_BY_PEER");
  expect(await roleOf(verifier, member, issuer)).toBeUndefined();
  expect(await greet(member, plain)).toBe(HELLO);
  expect(await roleOf(member, plain, issuer)).toBeUndefined();
  expect(plain.trust.authority).toBeUndefined();
  expect(verifier.show().trust).toMatchObject({ authority: issuer.identifier.toString(), credential: null });
  expect(plain.show().trust).toEqual({
    project: null,
    authority: null,
    authority_route: null,
    authority_reachable: null,
    credential: null,
    membership_changes: null,
    last_failure: null,
  });
});

test("where a credential is needed there is a clear error, where not it goes on, and it heals by itself", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const [state, verifier] = [
    await stateWith(issuer),
    await nodes.create({ state: await stateWith(issuer), trust: trusting(issuer) }),
  ];
  const member = await nodes.create({ state, trust: trusting(issuer, "test") });
  expect(await greet(member, await nodes.create({ trust: { kind: "none" } }))).toBe(HELLO);
  expect(await greet(member, verifier)).toBe("OCKAM_NODE_REFUSED_BY_PEER");
  const to = `${addressOf(verifier)}/service/api`;
  expect(await codeOf(() => member.secureChannels.create({ to }))).toBe("OCKAM_NODE_NO_CREDENTIAL");
  expect(member.show().trust).toMatchObject({
    credential: { scope: "test", status: "missing", expires_at: null },
    last_failure: expect.stringContaining("credential store"),
  });
  const { changeHistory, identifier } = await state.identities.identity(state.identities.findDefault()!.name);
  const { encoded, expiresAt } = await issuer.issue(changeHistory, { role: "late" }, 60);
  state.credentials.put({
    subject: identifier,
    issuer: issuer.identifier,
    scope: "test",
    encoded,
    expiresAt,
  });
  await member.secureChannels.create({ to });
  expect(await roleOf(member, verifier, issuer)).toBe("late");
  expect(member.show().trust).toMatchObject({
    credential: { status: "valid", expires_at: expiresAt, attributes: { role: "late" } },
    last_failure: null,
  });
});

test("another stored credential goes out on channels that are open", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const state = await stateWith(issuer, { role: "client" });
  const member = await nodes.create({ state, trust: trusting(issuer, "test") });
  const verifier = await nodes.create({ state: await stateWith(issuer), trust: trusting(issuer) });
  await member.secureChannels.create({ to: `${addressOf(verifier)}/service/api` });
  const { changeHistory, identifier } = await state.identities.identity(state.identities.findDefault()!.name);
  const { encoded, expiresAt } = await issuer.issue(changeHistory, { role: "operator" }, 60);
  state.credentials.put({
    subject: identifier,
    issuer: issuer.identifier,
    scope: "test",
    encoded,
    expiresAt,
  });
  await vi.waitFor(async () => expect(await roleOf(member, verifier, issuer)).toBe("operator"), {
    timeout: 10_000,
    interval: 50,
  });
});

test("a credential of another, of another authority, or a tampered one is not presented, and not believed", async () => {
  await using nodes = new Nodes();
  const [issuer, other] = [await Issuer.create(), await Issuer.create()];
  const state = await stateWith(issuer);
  const verifier = await nodes.create({ state: await stateWith(issuer), trust: trusting(issuer) });
  const member = await nodes.create({ state, trust: trusting(issuer, "test") });
  const { changeHistory, identifier } = await state.identities.identity(state.identities.findDefault()!.name);
  const stranger = await other.identities.create();
  const good = (await issuer.issue(changeHistory, { role: "admin" }, 60)).encoded;
  const tampered = good.slice();
  tampered[tampered.length - 300]! ^= 1;
  const bad = [
    (await issuer.issue(stranger.changeHistory, { role: "admin" }, 60)).encoded,
    (await other.issue(changeHistory, { role: "admin" }, 60)).encoded,
    tampered,
  ];
  const expiresAt = Math.floor(Date.now() / 1000) + 60;
  for (const encoded of bad) {
    // By this node…
    state.credentials.put({
      subject: identifier,
      issuer: issuer.identifier,
      scope: "test",
      encoded,
      expiresAt,
    });
    const to = `${addressOf(verifier)}/service/api`;
    expect(await codeOf(() => member.secureChannels.create({ to }))).toBe("OCKAM_NODE_NO_CREDENTIAL");
    // … and by one that does not care.
    expect(await codeOf(() => member.secureChannels.create({ to, credential: toHex(encoded) }))).toBe(
      "OCKAM_NODE_REFUSED_BY_PEER",
    );
    expect(await roleOf(member, verifier, issuer)).toBeUndefined();
  }
  expect(decodeCredential(good).attributes.text("role")).toBe("admin");
});

test("an identity that was rolled back is refused", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const state = await stateWith(issuer, { role: "client" });
  const member = await nodes.create({ state, trust: trusting(issuer, "test") });
  const verifier = await nodes.create({ state: await stateWith(issuer), trust: trusting(issuer) });
  const { identities, identifier } = state.identities.open(state.identities.findDefault()!.name);
  const before = await identities.export(identifier);
  const { database } = sqliteState(state);
  const secrets = database.all("SELECT * FROM secret");
  const rotated = await identities.rotate(identifier);
  expect(await greet(member, verifier)).toBe(HELLO);
  expect(rotated.changeHistory).not.toEqual(before);
  // Its state comes back from a backup, or from a thief.
  database.run("UPDATE identity SET change_history = ? WHERE identifier = ?", before, identifier.toString());
  database.run("DELETE FROM purpose_key");
  for (const { handle, kind, secret } of secrets)
    database.run(
      "INSERT OR REPLACE INTO secret (kind, handle, secret) VALUES (?, ?, ?)",
      kind!,
      handle!,
      secret!,
    );
  const old = await nodes.create({ name: "old", state, trust: { kind: "none" } });
  expect(await greet(old, verifier, 300)).toBe("OCKAM_NODE_REFUSED_BY_PEER");
});

test("trust is kept over restarts, and given up when told", async () => {
  await using nodes = new Nodes();
  const issuer = await Issuer.create();
  const state = await stateWith(issuer, { role: "client" });
  const first = await nodes.create({ name: "n", state, trust: trusting(issuer, "test") });
  await first.close();
  const second = await nodes.create({ name: "n", state });
  expect(second.trust.authority?.equals(issuer.identifier)).toBe(true);
  await second.close();
  const third = await nodes.create({ name: "n", state, trust: { kind: "none" } });
  expect(third.trust.authority).toBeUndefined();
});

test("trust that cannot be is refused, and nothing is left of the node", async () => {
  await using nodes = new Nodes();
  const state = openState({ inMemory: true });
  const create = (trust: TrustOptions): Promise<unknown> =>
    codeOf(() => nodes.create({ name: "n", state, trust }));
  expect(await create({ kind: "project", project: "nowhere" })).toBe("OCKAM_NODE_PROJECT_NOT_FOUND");
  expect(await create({ kind: "authority", authority: "zz" })).toBe("OCKAM_NODE_INVALID_TRUST");
  expect(await create({ kind: "authority", authority: "8200" })).toBe("OCKAM_NODE_INVALID_TRUST");
  expect(state.nodes.find("n")).toBeUndefined();
  await nodes.create({ name: "n", state });
});
