import { Identifier } from "@ockam/identity";
import { describe, expect, test } from "vitest";

import { FakeTime } from "../testing/fake-time.ts";
import { createParty, settle, Twin } from "../testing/twin.ts";
import { createSecureChannel } from "./create-secure-channel.ts";
import { bothOf, eitherOf, trustEveryone, trustIdentifiers } from "./trust-policy.ts";
import type { TrustPolicy } from "./trust-policy.ts";

const [alice, bob] = [1, 2].map((byte) => new Identifier(new Uint8Array(32).fill(byte))) as [
  Identifier,
  Identifier,
];

function answering(answer: boolean | Promise<boolean>): TrustPolicy & { asked: number } {
  const policy = {
    asked: 0,
    isTrusted: () => {
      policy.asked += 1;
      return answer;
    },
  };
  return policy;
}

describe("policies", () => {
  test("of everyone, some and nobody", async () => {
    expect(await trustEveryone.isTrusted(alice)).toBe(true);
    expect([
      await trustIdentifiers([alice]).isTrusted(alice),
      await trustIdentifiers([alice]).isTrusted(bob),
    ]).toEqual([true, false]);
    expect(await trustIdentifiers([]).isTrusted(alice)).toBe(false);
  });

  test.each([true, false])("of two, of which the first says %s", async (first) => {
    for (const second of [true, false]) {
      const [one, other] = [answering(Promise.resolve(first)), answering(second)];
      expect(await bothOf(one, other).isTrusted(alice)).toBe(first && second);
      expect(other.asked).toBe(first ? 1 : 0);
      const [third, fourth] = [answering(first), answering(Promise.resolve(second))];
      expect(await eitherOf(third, fourth).isTrusted(alice)).toBe(first || second);
      expect(fourth.asked).toBe(first ? 0 : 1);
    }
  });
});

describe("a peer that is not trusted", () => {
  const failing: TrustPolicy = {
    isTrusted: () => {
      throw new Error("the list cannot be read");
    },
  };
  const rejecting: TrustPolicy = { isTrusted: () => Promise.reject(new Error("the list cannot be read")) };

  test.each([
    ["refused", trustIdentifiers([alice])],
    ["refused because the policy throws", failing],
    ["refused because the policy rejects", rejecting],
  ])("as responder is %s at once, and nothing is stored of it or told to it", async (_, trustPolicy) => {
    await using twin = await Twin.create();
    const { router, identities, identifier, options } = twin.initiator;
    const before = router.addresses().length;
    const [connection] = await twin.route();
    await expect(
      createSecureChannel(router, [connection!, twin.listener.address], { ...options, trustPolicy }),
    ).rejects.toMatchObject({
      code: "OCKAM_SECURE_CHANNEL_PEER_NOT_TRUSTED",
      details: { peer: twin.responder.identifier.toString() },
    });
    await settle();
    expect((await identities.list()).map(String)).toEqual([identifier.toString()]);
    expect((await twin.responder.identities.list()).map(String)).toEqual([
      twin.responder.identifier.toString(),
    ]);
    expect(router.addresses().length).toBe(before + 1);
    expect(twin.listener.halfOpenHandshakes).toBe(1);
  });

  test.each([
    ["refused", trustIdentifiers([alice])],
    ["refused because the policy throws", failing],
    ["refused because the policy rejects", rejecting],
  ])("as initiator is %s, learns it from the first ping, and is not stored", async (_, trustPolicy) => {
    using time = new FakeTime();
    await using twin = await Twin.create({ trustPolicy });
    const { router, options } = twin.initiator;
    const route = await twin.route();
    const before = router.addresses().length;
    const outcome = createSecureChannel(router, route, options).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );
    await time.advance(10_000);
    expect(await outcome).toMatchObject({
      code: "OCKAM_SECURE_CHANNEL_REFUSED",
      message: expect.stringMatching(/trust policy.*`confirm`/),
    });
    expect(router.addresses().length).toBe(before);
    expect(await twin.responder.identities.list()).toHaveLength(1);
    expect([twin.listener.channels(), twin.listener.halfOpenHandshakes]).toEqual([[], 0]);
  });

  test("as initiator may also open the channel without a ping, and then talks into the void", async () => {
    await using twin = await Twin.create({ trustPolicy: trustIdentifiers([]) });
    const { router, options } = twin.initiator;
    const channel = await createSecureChannel(router, await twin.route(), { ...options, confirm: false });
    await expect(channel.ping({ timeout: 50 })).rejects.toMatchObject({ code: "OCKAM_ROUTING_TIMEOUT" });
  });
});

test("strangers cannot fill the storage of a listener that trusts one", async () => {
  const friend = await createParty();
  await using twin = await Twin.create({ trustPolicy: trustIdentifiers([friend.identifier]) });
  const { router, identities } = twin.initiator;
  const connection = await twin.connect();
  const route = [connection.address, twin.listener.address];
  for (let stranger = 0; stranger < 50; stranger++) {
    const { identifier } = await identities.create();
    const channel = await createSecureChannel(router, route, { identities, identifier, confirm: false });
    await channel.close();
  }
  await settle();
  expect(await twin.responder.identities.list()).toHaveLength(1);
  const accepted = await createSecureChannel(friend.router, await twin.route(friend), friend.options);
  expect(accepted.peer.equals(twin.responder.identifier)).toBe(true);
  expect(await twin.responder.identities.list()).toHaveLength(2);
});
