import { concatBytes, fromHex } from "@ockam/codec";
import type { LogEntry } from "@ockam/codec";
import { Address, Message, Router, SECURE_CHANNEL_IDENTIFIER } from "@ockam/core-routing";
import type { TerminalInfo } from "@ockam/core-routing";
import { Attributes, memoryAttributeStorage } from "@ockam/credentials";
import type { AttributeStorage } from "@ockam/credentials";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import {
  DECISION_LIFETIME,
  DENIAL_INTERVAL,
  MAX_REMEMBERED_DECISIONS,
  MAX_TOLD_DENIALS,
} from "./constants.ts";
import { policyAccessControl } from "./policy-access-control.ts";
import type { PolicyAccessControlOptions } from "./policy-access-control.ts";
import { DEFAULT_POLICY, Policy } from "./policy.ts";

const authority = subject(0xaa);
const alice = subject(1);
const bob = subject(2);
const NOW = 1_000_000;

let clock: number;
let attributes: AttributeStorage;
let router: Router;
let log: LogEntry[];

beforeEach(async () => {
  vi.useFakeTimers();
  clock = NOW;
  attributes = memoryAttributeStorage();
  router = new Router();
  log = [];
  await attest(alice, { role: "member" });
});

afterEach(async () => {
  await router.close();
  vi.useRealTimers();
});

describe("incoming", () => {
  test("the policy decides by the peer of the channel and what the authority attests of it", async () => {
    const { incoming } = guard({ policy: Policy.parse("role=member") });
    expect(await incoming.isAuthorized(from(alice))).toBe(true);
    expect(await incoming.isAuthorized(from(bob))).toBe(false);
    const { incoming: byDefault } = guard({ policy: DEFAULT_POLICY });
    expect(await byDefault.isAuthorized(from(alice))).toBe(true);
    expect(await byDefault.isAuthorized(from(bob))).toBe(false);
  });

  test("what another authority attests does not count", async () => {
    await attest(bob, { role: "member" }, { attestedBy: subject(0xbb) });
    const { incoming } = guard({ policy: Policy.parse("role=member") });
    expect(await incoming.isAuthorized(from(bob))).toBe(false);
  });

  test("without an authority only the identifier is known", async () => {
    const options = { router, resource: "outlet", now: () => clock };
    const byIdentifier = policyAccessControl({ ...options, policy: Policy.parse(String(alice)) });
    expect(await byIdentifier.incoming.isAuthorized(from(alice))).toBe(true);
    expect(await byIdentifier.incoming.isAuthorized(from(bob))).toBe(false);
    const byCredential = policyAccessControl({ ...options, policy: DEFAULT_POLICY });
    expect(await byCredential.incoming.isAuthorized(from(alice))).toBe(false);
    const withoutOne = Policy.parse("(= subject.has_credential false)");
    expect(
      await policyAccessControl({ ...options, policy: withoutOne }).incoming.isAuthorized(from(bob)),
    ).toBe(false);
  });

  test.each([
    ["none", []],
    ["of another type", [{ type: "OTHER", data: identifierData(alice) }]],
    ["too short", [{ type: SECURE_CHANNEL_IDENTIFIER, data: identifierData(alice).subarray(0, 33) }]],
    [
      "too long",
      [{ type: SECURE_CHANNEL_IDENTIFIER, data: concatBytes(identifierData(alice), new Uint8Array(1)) }],
    ],
    [
      "with another head",
      [{ type: SECURE_CHANNEL_IDENTIFIER, data: concatBytes(fromHex("5920"), alice.bytes) }],
    ],
    ["empty", [{ type: SECURE_CHANNEL_IDENTIFIER, data: new Uint8Array() }]],
    [
      "of two peers",
      [alice, bob].map((peer) => ({ type: SECURE_CHANNEL_IDENTIFIER, data: identifierData(peer) })),
    ],
  ])("local information that is %s denies", async (_, localInfo) => {
    const { incoming } = guard({ policy: Policy.parse("(= 1 1)") });
    const message = new Message([Address.local("outlet")], [], new Uint8Array(), localInfo);
    expect(await incoming.isAuthorized(message)).toBe(false);
  });
});

describe("outgoing", () => {
  test("the policy decides by the peer of the channel through which the route leaves", async () => {
    place("alice", { peerIdentifier: alice.hex });
    place("bob", { peerIdentifier: bob.hex });
    place("hop");
    const { outgoing } = guard({ policy: Policy.parse("role=member") });
    expect(await outgoing.isAuthorized(along("alice", "x"))).toBe(true);
    expect(await outgoing.isAuthorized(along("hop", "alice", "bob"))).toBe(true);
    expect(await outgoing.isAuthorized(along("bob", "alice"))).toBe(false);
  });

  test("a route that leaves otherwise, or not at all, denies", async () => {
    place("sender", { loopback: true });
    place("hop");
    place("alice", { peerIdentifier: alice.hex });
    place("odd", { peerIdentifier: "no identifier" });
    const { outgoing } = guard({ policy: Policy.parse("(= 1 1)") });
    expect(await outgoing.isAuthorized(along("sender", "alice"))).toBe(false);
    expect(await outgoing.isAuthorized(along("hop"))).toBe(false);
    expect(await outgoing.isAuthorized(along())).toBe(false);
    expect(await outgoing.isAuthorized(along("alice"))).toBe(true);
    expect(await outgoing.isAuthorized(along("odd"))).toBe(false);
    // What a local information says of the sender has nothing to do with the receiver.
    const message = new Message([Address.local("hop")], [], new Uint8Array(), from(alice).localInfo);
    expect(await outgoing.isAuthorized(message)).toBe(false);
  });
});

describe("in doubt, no:", () => {
  test.each<[string, Partial<PolicyAccessControlOptions>]>([
    ["no policy", { policy: () => undefined }],
    ["a policy that cannot be looked up", { policy: () => Promise.reject(new Error("disk")) }],
    [
      "a policy whose look-up throws",
      {
        policy: () => {
          throw new Error("disk");
        },
      },
    ],
    ["an unknown attribute", { policy: Policy.parse("not team=blue") }],
    ["a comparison of different types", { policy: Policy.parse("(= subject.role 1)") }],
    ["a result that is no boolean", { policy: Policy.parse("(and subject.role)", { form: "full" }) }],
    [
      "attributes that cannot be looked up",
      {
        policy: Policy.parse("(= 1 1)"),
        authority: {
          identifier: authority,
          attributes: { ...memoryAttributeStorage(), get: () => Promise.reject(new Error("disk")) },
        },
      },
    ],
  ])("%s", async (_, options) => {
    const { incoming } = guard({ policy: DEFAULT_POLICY, ...options });
    expect(await incoming.isAuthorized(from(alice))).toBe(false);
    expect(log).toHaveLength(1);
  });

  test("an entry that a storage should not have given", async () => {
    const entry = (await attributes.get(alice, authority, NOW))!;
    const wrong = [
      { ...entry, expiresAt: NOW },
      { ...entry, subject: bob },
      { ...entry, attestedBy: bob },
    ];
    for (const found of wrong) {
      const storage = { get: async () => found, put: async () => {}, delete: async () => false };
      const { allows } = guard({
        policy: DEFAULT_POLICY,
        authority: { identifier: authority, attributes: storage },
      });
      expect(await allows(alice)).toBe(false);
    }
  });

  test("and the log says why, with names and without values", async () => {
    const { incoming } = guard({ policy: Policy.parse("role=owner") });
    await incoming.isAuthorized(from(alice));
    expect(log).toEqual([
      {
        level: "warn",
        area: "policy",
        message: `outlet: ${String(alice)} is denied: (= subject.role "owner"): it is false (known: subject.role, subject.identifier, subject.has_credential, resource.id, action.id)`,
      },
    ]);
    await guard({ policy: Policy.parse(`role="${"x".repeat(1000)}"`) }).allows(alice);
    expect(log[1]!.message.length).toBeLessThan(500);
  });

  test("and the log is not filled by those who go on asking, however many they are", async () => {
    const { allows, incoming } = guard({ policy: Policy.parse("role=owner") });
    const warnings = (): number => log.filter(({ level }) => level === "warn").length;
    for (let i = 0; i < 5; i++) await allows(alice);
    expect([log.length, warnings()]).toEqual([5, 1]);
    for (let i = 0; i < MAX_TOLD_DENIALS + 5; i++)
      await allows(new Identifier(new Uint8Array(IDENTIFIER_LENGTH).fill(i)));
    await incoming.isAuthorized(new Message([], [], new Uint8Array()));
    expect(warnings()).toBe(MAX_TOLD_DENIALS);
    const later = vi.spyOn(performance, "now").mockReturnValue(performance.now() + DENIAL_INTERVAL);
    await allows(alice);
    later.mockRestore();
    expect(warnings()).toBe(MAX_TOLD_DENIALS + 1);
  });
});

describe("a decision", () => {
  test("that is favourable is remembered for a moment, and given at once", async () => {
    const policy = vi.fn(() => Policy.parse("role=member"));
    const { incoming } = guard({ policy });
    expect(await incoming.isAuthorized(from(alice))).toBe(true);
    expect(incoming.isAuthorized(from(alice))).toBe(true);
    vi.advanceTimersByTime(DECISION_LIFETIME - 1);
    expect(incoming.isAuthorized(from(alice))).toBe(true);
    expect(policy).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(await incoming.isAuthorized(from(alice))).toBe(true);
    expect(policy).toHaveBeenCalledTimes(2);
  });

  test("that is unfavourable is not remembered", async () => {
    const { incoming } = guard({ policy: Policy.parse("role=member") });
    expect(await incoming.isAuthorized(from(bob))).toBe(false);
    await attest(bob, { role: "member" });
    expect(await incoming.isAuthorized(from(bob))).toBe(true);
  });

  test("is about one subject", async () => {
    const { incoming } = guard({ policy: Policy.parse("role=member") });
    expect(await incoming.isAuthorized(from(alice))).toBe(true);
    expect(await incoming.isAuthorized(from(bob))).toBe(false);
  });

  test("is forgotten when more others are made than may be remembered", async () => {
    const policy = vi.fn(() => Policy.parse("(= 1 1)"));
    const { allows } = guard({ policy });
    for (let i = 0; i <= MAX_REMEMBERED_DECISIONS; i++) await allows(subject(100 + i));
    policy.mockClear();
    await allows(subject(100 + MAX_REMEMBERED_DECISIONS));
    await allows(subject(101));
    expect(policy).not.toHaveBeenCalled();
    await allows(subject(100));
    expect(policy).toHaveBeenCalledOnce();
  });

  test("is followed by the next one when the policy changes", async () => {
    let policy = Policy.parse("role=member");
    const { incoming } = guard({ policy: () => policy });
    expect(await incoming.isAuthorized(from(alice))).toBe(true);
    policy = Policy.parse("role=owner");
    vi.advanceTimersByTime(DECISION_LIFETIME);
    expect(await incoming.isAuthorized(from(alice))).toBe(false);
  });

  test("counts from the moment when it was asked for, however long the look-up takes", async () => {
    const policy = vi.fn(async () => {
      await new Promise((resolve) => setTimeout(resolve, DECISION_LIFETIME));
      return Policy.parse("(= 1 1)");
    });
    const { allows } = guard({ policy });
    for (let i = 0; i < 2; i++) {
      const answer = allows(alice);
      await vi.advanceTimersByTimeAsync(DECISION_LIFETIME);
      expect(await answer).toBe(true);
    }
    expect(policy).toHaveBeenCalledTimes(2);
  });

  test("does not outlive the credential that it rests on", async () => {
    await attest(alice, { role: "member" }, { expiresAt: NOW + 2 });
    const { incoming } = guard({ policy: Policy.parse("role=member") });
    expect(await incoming.isAuthorized(from(alice))).toBe(true);
    expect(incoming.isAuthorized(from(alice))).toBe(true);
    clock += 1;
    vi.advanceTimersByTime(DECISION_LIFETIME);
    expect(await incoming.isAuthorized(from(alice))).toBe(true);
    clock += 1;
    vi.advanceTimersByTime(1);
    expect(await incoming.isAuthorized(from(alice))).toBe(false);
  });

  test("is not remembered when asked not to", async () => {
    const policy = vi.fn(() => Policy.parse("(= 1 1)"));
    const { allows } = guard({ policy, remember: false });
    await allows(alice);
    await allows(alice);
    expect(policy).toHaveBeenCalledTimes(2);
  });
});

test("guards a worker in both directions, and keeps the order of messages", async () => {
  vi.useRealTimers();
  const received: string[] = [];
  const guarded = guard({ policy: Policy.parse("role=member") });
  router.start((message) => void received.push(new TextDecoder().decode(message.payload)), {
    address: "outlet",
    mailbox: { incoming: guarded.incoming },
  });
  const decryptor = router.start(() => {}, { address: "decryptor" });
  const send = (peer: Identifier, text: string) =>
    decryptor.send([Address.local("outlet")], new TextEncoder().encode(text), {
      localInfo: from(peer).localInfo,
    });
  for (let i = 0; i < 20; i++) await Promise.all([send(alice, `alice ${i}`), send(bob, `bob ${i}`)]);
  await vi.waitFor(() => expect(received).toHaveLength(20));
  expect(received).toEqual(Array.from({ length: 20 }, (_, i) => `alice ${i}`));

  const sent: string[] = [];
  for (const [name, peer] of [
    ["alice", alice],
    ["bob", bob],
  ] as const) {
    router.start(() => void sent.push(name), {
      address: name,
      mailbox: { terminal: { peerIdentifier: peer.hex } },
    });
  }
  const portal = router.start(() => {}, { address: "portal", mailbox: { outgoing: guarded.outgoing } });
  for (const name of ["bob", "alice"]) await portal.send([Address.local(name)], new Uint8Array());
  await vi.waitFor(() => expect(sent).toEqual(["alice"]));
});

function guard(
  options: Pick<PolicyAccessControlOptions, "policy"> & Partial<PolicyAccessControlOptions>,
): ReturnType<typeof policyAccessControl> {
  return policyAccessControl({
    router,
    resource: "outlet",
    authority: { identifier: authority, attributes },
    now: () => clock,
    log: (entry) => log.push(entry),
    ...options,
  });
}

async function attest(
  who: Identifier,
  what: Record<string, string>,
  { attestedBy = authority, expiresAt = NOW + 1000 } = {},
): Promise<void> {
  await attributes.put({
    subject: who,
    attributes: Attributes.of(what),
    attestedBy,
    addedAt: clock,
    expiresAt,
  });
}

function place(name: string, terminal?: TerminalInfo): void {
  router.start(() => {}, { address: name, mailbox: terminal === undefined ? {} : { terminal } });
}

function along(...names: readonly string[]): Message {
  return new Message(
    names.map((name) => Address.local(name)),
    [],
    new Uint8Array(),
  );
}

function from(peer: Identifier): Message {
  return new Message([Address.local("outlet")], [], new Uint8Array(), [
    { type: SECURE_CHANNEL_IDENTIFIER, data: identifierData(peer) },
  ]);
}

function identifierData(peer: Identifier): Uint8Array {
  return concatBytes(fromHex("5820"), peer.bytes);
}

function subject(number: number): Identifier {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return new Identifier(bytes);
}
