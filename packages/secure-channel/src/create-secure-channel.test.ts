import { encodeUtf8 } from "@ockam/codec";
import { Address, Message } from "@ockam/core-routing";
import { describe, expect, test } from "vitest";

import { deferred } from "../testing/deferred.ts";
import { FakeTime } from "../testing/fake-time.ts";
import { settle, Twin, until } from "../testing/twin.ts";
import type { Party } from "../testing/twin.ts";
import { damaged, Wire, withPayload } from "../testing/wire.ts";
import { CONFIRM_TIMEOUT, createSecureChannel, SECURE_CHANNEL_TIMEOUT } from "./create-secure-channel.ts";
import { MAX_HANDSHAKE_MESSAGE_LENGTH } from "./handshake-state.ts";

/** What an attempt may leave behind. */
function residue({ router }: Party): { addresses: number; consumers: number } {
  const consumers = router
    .addresses()
    .reduce((sum, address) => sum + router.flowControls.flowControlsOfConsumer(address).length, 0);
  return { addresses: router.addresses().length, consumers };
}

async function wired(): Promise<{ twin: Twin; wire: Wire; route: readonly Address[] }> {
  const twin = await Twin.create();
  const wire = new Wire(twin.initiator.router, await twin.connect());
  return { twin, wire, route: [...wire.route, twin.listener.address] };
}

function failure(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => expect.unreachable("the attempt should have failed"),
    (error: unknown) => error,
  );
}

describe("an attempt that fails leaves nothing behind", () => {
  test("when nobody answers", async () => {
    using time = new FakeTime();
    const { twin, wire, route } = await wired();
    const before = residue(twin.initiator);
    wire.onOutbound = () => [];
    const outcome = failure(createSecureChannel(twin.initiator.router, route, twin.initiator.options));
    await time.advance(SECURE_CHANNEL_TIMEOUT);
    expect(await outcome).toMatchObject({
      code: "OCKAM_SECURE_CHANNEL_TIMEOUT",
      details: { timeout: 120_000 },
    });
    expect(residue(twin.initiator)).toEqual(before);
    await twin[Symbol.asyncDispose]();
  });

  test("when the answer comes late: no third message follows", async () => {
    using time = new FakeTime();
    const { twin, wire, route } = await wired();
    const before = residue(twin.initiator);
    wire.onInbound = () => [];
    const options = { ...twin.initiator.options, timeout: 500 };
    const outcome = failure(createSecureChannel(twin.initiator.router, route, options));
    await time.advance(500);
    expect(await outcome).toMatchObject({ code: "OCKAM_SECURE_CHANNEL_TIMEOUT" });
    expect(wire.inbound).toHaveLength(1);
    const sent = wire.outbound.length;
    expect(() => wire.inject(wire.inbound[0]!)).toThrow(
      expect.objectContaining({ code: "OCKAM_ROUTING_UNKNOWN_ADDRESS" }),
    );
    await settle();
    expect([wire.outbound.length, residue(twin.initiator)]).toEqual([sent, before]);
    await twin[Symbol.asyncDispose]();
  });

  test("when the route begins nowhere", async () => {
    await using twin = await Twin.create();
    const before = residue(twin.initiator);
    const route = [Address.local("nowhere"), Address.local("api")];
    await expect(
      createSecureChannel(twin.initiator.router, route, twin.initiator.options),
    ).rejects.toMatchObject({
      code: "OCKAM_ROUTING_UNKNOWN_ADDRESS",
    });
    await expect(
      createSecureChannel(twin.initiator.router, [], twin.initiator.options),
    ).rejects.toMatchObject({
      code: "OCKAM_ROUTING_INCOMPLETE_ROUTE",
    });
    expect(residue(twin.initiator)).toEqual(before);
  });

  test.each(["before", "during the handshake", "during the confirmation"])(
    "when it is aborted %s",
    async (moment) => {
      const { twin, wire, route } = await wired();
      const before = residue(twin.initiator);
      const controller = new AbortController();
      const reason = new Error("changed my mind");
      if (moment === "before") controller.abort(reason);
      else if (moment === "during the handshake") wire.onInbound = () => [];
      else wire.onInbound = (message) => (wire.inbound.length === 1 ? [message] : []);
      const outcome = failure(
        createSecureChannel(twin.initiator.router, route, {
          ...twin.initiator.options,
          signal: controller.signal,
        }),
      );
      const answers = moment === "during the confirmation" ? 2 : 1;
      if (moment !== "before") await until(() => wire.inbound.length === answers);
      controller.abort(reason);
      expect(await outcome).toBe(reason);
      await settle();
      expect(residue(twin.initiator)).toEqual(before);
      await twin[Symbol.asyncDispose]();
    },
  );

  test("when the options make no sense", async () => {
    await using twin = await Twin.create();
    const { router, options, identifier } = twin.initiator;
    const route = await twin.route();
    const before = residue(twin.initiator);
    for (const timeout of [0, -1, Number.NaN]) {
      await expect(createSecureChannel(router, route, { ...options, timeout })).rejects.toThrow(RangeError);
    }
    const authority = { ...options, authority: identifier };
    await expect(createSecureChannel(router, route, authority)).rejects.toThrow(TypeError);
    expect(residue(twin.initiator)).toEqual(before);
    const patient = { ...options, timeout: Number.POSITIVE_INFINITY };
    expect(await (await createSecureChannel(router, route, patient)).ping()).toBeGreaterThan(0);
  });

  test("when it is aborted while the own credential is fetched: no third message follows", async () => {
    const { twin, wire, route } = await wired();
    const before = residue(twin.initiator);
    const credential = deferred<undefined>();
    let asked = false;
    const controller = new AbortController();
    const outcome = failure(
      createSecureChannel(twin.initiator.router, route, {
        ...twin.initiator.options,
        signal: controller.signal,
        credential: () => {
          asked = true;
          return credential.promise;
        },
      }),
    );
    await until(() => asked);
    controller.abort();
    expect(await outcome).toBe(controller.signal.reason);
    credential.resolve(undefined);
    await settle();
    expect([wire.outbound.length, residue(twin.initiator)]).toEqual([1, before]);
    await twin[Symbol.asyncDispose]();
  });

  test("when the own credential cannot be had", async () => {
    await using twin = await Twin.create();
    const [hop] = await twin.route();
    const before = residue(twin.initiator);
    const outcome = new Error("the authority does not answer");
    const options = { ...twin.initiator.options, credential: () => Promise.reject(outcome) };
    await expect(
      createSecureChannel(twin.initiator.router, [hop!, twin.listener.address], options),
    ).rejects.toBe(outcome);
    expect(residue(twin.initiator)).toEqual(before);
  });

  test("when the credential does not fit a handshake message", async () => {
    await using twin = await Twin.create();
    const credential = new Uint8Array(MAX_HANDSHAKE_MESSAGE_LENGTH);
    const options = { ...twin.initiator.options, credential: async () => credential };
    await expect(
      createSecureChannel(twin.initiator.router, await twin.route(), options),
    ).rejects.toMatchObject({ message: expect.stringContaining("fewer or smaller credentials") });
  });

  test("when the router is closed meanwhile", async () => {
    const { twin, wire, route } = await wired();
    wire.onInbound = () => [];
    const outcome = failure(createSecureChannel(twin.initiator.router, route, twin.initiator.options));
    await until(() => wire.inbound.length === 1);
    await twin[Symbol.asyncDispose]();
    expect(await outcome).toMatchObject({ code: "OCKAM_SECURE_CHANNEL_CLOSED" });
  });
});

describe("a forged message does not end a handshake", () => {
  const forgeries: readonly [string, (message: Message) => Message[]][] = [
    ["damaged at its end", (message) => [damaged(message)]],
    ["damaged in its static key", (message) => [damaged(message, 40)]],
    ["damaged in its first byte", (message) => [damaged(message, 0)]],
    ["cut off", (message) => [withPayload(message, message.payload.subarray(0, -1))]],
    ["empty", (message) => [withPayload(message, new Uint8Array(0))]],
    ["too long", (message) => [withPayload(message, new Uint8Array(MAX_HANDSHAKE_MESSAGE_LENGTH + 1))]],
    ["random", (message) => [withPayload(message, crypto.getRandomValues(new Uint8Array(419)))]],
    ["without a way back", (message) => [new Message(message.onwardRoute, [], message.payload)]],
  ];

  test.each(forgeries)("message 2, %s", async (_, forge) => {
    const { twin, wire, route } = await wired();
    wire.onInbound = (message) => (wire.inbound.length === 1 ? [...forge(message), message] : [message]);
    const channel = await createSecureChannel(twin.initiator.router, route, twin.initiator.options);
    expect(await channel.ping()).toBeGreaterThan(0);
    // The good one came second, so the forged one was looked at.
    expect(
      twin.initiator.entries.filter(({ message }) => message.includes("second handshake message")),
    ).toHaveLength(1);
    await twin[Symbol.asyncDispose]();
  });

  test.each(forgeries.filter(([name]) => name !== "without a way back"))(
    "message 3, %s",
    async (_, forge) => {
      const { twin, wire, route } = await wired();
      wire.onOutbound = (message) => (wire.outbound.length === 2 ? [...forge(message), message] : [message]);
      const channel = await createSecureChannel(twin.initiator.router, route, twin.initiator.options);
      expect(await channel.ping()).toBeGreaterThan(0);
      expect(
        twin.responder.entries.filter(({ message }) => message.includes("awaited third one")),
      ).toHaveLength(1);
      await twin[Symbol.asyncDispose]();
    },
  );

  test("repeated messages are harmless, whichever they are", async () => {
    const { twin, wire, route } = await wired();
    wire.onOutbound = (message) => [message, message];
    wire.onInbound = (message) => [message, message];
    const channel = await createSecureChannel(twin.initiator.router, route, twin.initiator.options);
    for (let count = 0; count < 40; count++) await channel.ping();
    expect(twin.listener.channels()).toHaveLength(1);
    // The repeated first message began a handshake of its own, which nobody goes on with.
    expect(twin.listener.halfOpenHandshakes).toBe(1);
    await twin[Symbol.asyncDispose]();
  });

  test("own messages that come back are refused", async () => {
    const { twin, wire, route } = await wired();
    wire.onOutbound = (message) => {
      const decryptor = wire.outbound[0]!.returnRoute.at(-1)!;
      return [new Message([decryptor], [Address.local("x")], message.pieces), message];
    };
    const channel = await createSecureChannel(twin.initiator.router, route, twin.initiator.options);
    for (let count = 0; count < 3; count++) await channel.ping();
    await twin[Symbol.asyncDispose]();
  });

  test("a channel message before message 3 is lost, and no more", async () => {
    const { twin, wire, route } = await wired();
    const held: Message[] = [];
    wire.onOutbound = (message) => {
      if (wire.outbound.length === 2) held.push(message);
      return wire.outbound.length === 2 ? [] : wire.outbound.length === 3 ? [message, ...held] : [message];
    };
    const options = { ...twin.initiator.options, confirm: false };
    const channel = await createSecureChannel(twin.initiator.router, route, options);
    const early = channel.ping({ timeout: 100 });
    await expect(early).rejects.toMatchObject({ code: "OCKAM_ROUTING_TIMEOUT" });
    expect(await channel.ping()).toBeGreaterThan(0);
    await twin[Symbol.asyncDispose]();
  });
});

describe("the confirmation", () => {
  test("is repeated until the responder is ready", async () => {
    using time = new FakeTime();
    const trusted = deferred<boolean>();
    await using twin = await Twin.create({ trustPolicy: { isTrusted: () => trusted.promise } });
    const opening = createSecureChannel(twin.initiator.router, await twin.route(), twin.initiator.options);
    await time.advance(2_500);
    trusted.resolve(true);
    await time.advance(4_000);
    expect((await opening).peer.equals(twin.responder.identifier)).toBe(true);
  });

  test("leaves a slow peer more time with each ping", async () => {
    using time = new FakeTime();
    const { twin, wire, route } = await wired();
    wire.onInbound = (message) => (wire.inbound.length === 1 ? [message] : []);
    const outcome = failure(createSecureChannel(twin.initiator.router, route, twin.initiator.options));
    const pings: number[] = [];
    for (let second = 0; second < CONFIRM_TIMEOUT / 1000; second++) {
      await time.advance(second === 0 ? 0 : 1_000);
      pings.push(wire.outbound.length - 2);
    }
    expect(pings).toEqual([1, 2, 2, 3, 3, 3, 3, 4, 4, 4]);
    await time.advance(1_000);
    expect(await outcome).toMatchObject({ code: "OCKAM_SECURE_CHANNEL_REFUSED" });
    await twin[Symbol.asyncDispose]();
  });

  test("takes no longer than the time that is left", async () => {
    using time = new FakeTime();
    const { twin, wire, route } = await wired();
    wire.onInbound = (message) => (wire.inbound.length === 1 ? [message] : []);
    const options = { ...twin.initiator.options, timeout: 3_000 };
    const outcome = failure(createSecureChannel(twin.initiator.router, route, options));
    await time.advance(3_000);
    expect(await outcome).toMatchObject({ code: "OCKAM_SECURE_CHANNEL_REFUSED" });
    expect(CONFIRM_TIMEOUT).toBeGreaterThan(3_000);
    await twin[Symbol.asyncDispose]();
  });

  test("wants the very number back", async () => {
    await using twin = await Twin.create();
    await twin.responder.router.stop(Address.local("echo"));
    twin.responder.router.start((message, context) => context.reply(message, encodeUtf8("something else")), {
      address: "echo",
    });
    twin.responder.router.flowControls.addConsumer(Address.local("echo"), twin.listener.flowControlId);
    await expect(
      createSecureChannel(twin.initiator.router, await twin.route(), twin.initiator.options),
    ).rejects.toMatchObject({ code: "OCKAM_SECURE_CHANNEL_PEER_MISBEHAVED" });
  });
});
