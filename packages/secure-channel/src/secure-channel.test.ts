import { concatBytes, encodeUtf8, equalBytes, toHex } from "@ockam/codec";
import { Address, formatRoute, hopWorker, SECURE_CHANNEL_IDENTIFIER } from "@ockam/core-routing";
import { expect, test } from "vitest";

import { collector, createParty, settle, Twin, until } from "../testing/twin.ts";
import { Wire } from "../testing/wire.ts";
import { encodeClose, encodePayload } from "./channel-message.ts";
import { createSecureChannel } from "./create-secure-channel.ts";
import { createSecureChannelListener } from "./secure-channel-listener.ts";
import { ExchangedKeyReader } from "./exchanged-key.ts";
import type { ExchangedKey } from "./exchanged-key.ts";
import type { SecureChannel } from "./secure-channel.ts";

const ECHO = Address.local("echo");

async function pair(
  twin: Twin,
  options: { keyExchangeOnly?: boolean } = {},
): Promise<[SecureChannel, SecureChannel]> {
  const { router, options: own } = twin.initiator;
  const near = await createSecureChannel(router, await twin.route(), { ...own, ...options });
  await until(() => twin.listener.channels().length === 1);
  return [near, twin.listener.channels()[0]!];
}

test("both ends know each other, and an echo comes back", async () => {
  await using twin = await Twin.create();
  const [near, far] = await pair(twin);
  expect([near.role, far.role]).toEqual(["initiator", "responder"]);
  expect(near.peer.equals(twin.responder.identifier)).toBe(true);
  expect(far.peer.equals(twin.initiator.identifier)).toBe(true);
  expect(near.route.at(-1)!.equals(far.decryptorAddress)).toBe(true);
  expect(far.route.at(-1)!.equals(near.decryptorAddress)).toBe(true);
  const answer = await twin.initiator.router.request([near.address, ECHO], encodeUtf8("hello"));
  expect(answer.payload).toEqual(encodeUtf8("hello"));
  expect(await near.ping()).toBeGreaterThan(0);
});

test("each end counts the messages through it, and the bytes of their payloads", async () => {
  await using twin = await Twin.create();
  const [near, far] = await pair(twin);
  // The ping by which it was confirmed, and its answer.
  const ping = { messagesSent: 1, bytesSent: 9, messagesReceived: 1, bytesReceived: 9 };
  expect([near.traffic, far.traffic]).toEqual([ping, ping]);
  const service = collector(twin.responder.router, "service");
  twin.responder.router.flowControls.addConsumer(service.address, twin.listener.flowControlId);
  const app = twin.initiator.router.start(() => {});
  await app.send([near.address, service.address], [new Uint8Array(3), new Uint8Array(4)]);
  await app.send([near.address, service.address], new Uint8Array(5000));
  await until(() => service.received.length === 2);
  expect(near.traffic).toEqual({ ...ping, messagesSent: 3, bytesSent: 5016 });
  expect(far.traffic).toEqual({ ...ping, messagesReceived: 3, bytesReceived: 5016 });
  expect(Date.now() - near.openedAt).toBeGreaterThanOrEqual(0);
});

test("a delivered message names its sender, and the way back leads through the channel", async () => {
  await using twin = await Twin.create();
  const [near, far] = await pair(twin);
  const app = twin.initiator.router.start(() => {}, { address: "app" });
  const service = collector(twin.responder.router, "service");
  twin.responder.router.flowControls.addConsumer(service.address, twin.listener.flowControlId);
  // What the sender says about itself does not count.
  const localInfo = [{ type: SECURE_CHANNEL_IDENTIFIER, data: new Uint8Array(34) }];
  await app.send([near.address, service.address, Address.local("more")], encodeUtf8("hi"), { localInfo });
  await app.send([near.address, service.address], encodeUtf8("again"));
  await until(() => service.received.length === 2);
  const [first, second] = service.received;
  expect(formatRoute(first!.onwardRoute)).toBe("0#service => 0#more");
  expect(formatRoute(first!.returnRoute)).toBe(`${far.address.toString()} => 0#app`);
  expect(first!.localInfo.map(({ type, data }) => [type, toHex(data)])).toEqual([
    [SECURE_CHANNEL_IDENTIFIER, `5820${twin.initiator.identifier.hex}`],
  ]);
  expect(second!.localInfo).toBe(first!.localInfo);
  expect(Object.isFrozen(first!.localInfo)).toBe(true);
  expect(twin.responder.router.mailbox(far.address)?.terminal?.peerIdentifier).toBe(
    twin.initiator.identifier.hex,
  );
});

test("messages pass in order both ways, over many changes of keys and with payloads of any size", async () => {
  await using twin = await Twin.create();
  const [near, far] = await pair(twin);
  const [left, right] = [collector(twin.initiator.router, "left"), collector(twin.responder.router, "right")];
  twin.initiator.router.flowControls.addConsumer(left.address, near.flowControlId);
  twin.responder.router.flowControls.addConsumer(right.address, far.flowControlId);
  const [toRight, toLeft] = [twin.initiator.router.start(() => {}), twin.responder.router.start(() => {})];
  const sizes = [0, 1, 100, 2047, 2048, 2049, 4096, 65_536, 200_000];
  const payloads = Array.from({ length: 150 }, (_, index) =>
    new Uint8Array(sizes[index % sizes.length]!).fill(index),
  );
  for (const payload of payloads) {
    await toRight.send([near.address, right.address], payload);
    await toLeft.send([far.address, left.address], [payload.subarray(0, 50), payload.subarray(50)]);
  }
  await until(() => left.received.length === 150 && right.received.length === 150);
  for (const [index, payload] of payloads.entries()) {
    expect(equalBytes(left.received[index]!.payload, payload)).toBe(true);
    expect(equalBytes(right.received[index]!.payload, payload)).toBe(true);
  }
});

test("a peer reaches what the listener's flow control allows, and nothing else", async () => {
  await using twin = await Twin.create();
  const [near, far] = await pair(twin);
  const hidden = collector(twin.responder.router, "hidden");
  const app = twin.initiator.router.start(() => {});
  await app.send([near.address, hidden.address], encodeUtf8("psst"));
  await app.send([near.address, twin.listener.address, hidden.address], encodeUtf8("psst"));
  await app.send([near.address, near.route[1]!], encodeUtf8("psst"));
  await app.send([near.address, far.address, hidden.address], encodeUtf8("psst"));
  await app.send([near.address, Address.local("nobody")], encodeUtf8("psst"));
  await app.send([near.address], encodeUtf8("psst"));
  await near.ping();
  expect(hidden.received).toEqual([]);
  twin.responder.router.flowControls.addConsumer(hidden.address, far.flowControlId);
  await app.send([near.address, hidden.address], encodeUtf8("hello"));
  await until(() => hidden.received.length === 1);
});

test("nobody can send to where decrypted messages come from", async () => {
  await using twin = await Twin.create();
  const [near, far] = await pair(twin);
  const service = collector(twin.responder.router, "service");
  twin.responder.router.flowControls.addConsumer(service.address, twin.listener.flowControlId);
  await twin.initiator.router.start(() => {}).send([near.address, service.address], encodeUtf8("hello"));
  await until(() => service.received.length === 1);
  const source = service.received[0]!.source!;
  expect(twin.responder.router.has(source)).toBe(true);
  let disturbances = 0;
  far.onDisturbance(() => (disturbances += 1));
  await twin.responder.router.start(() => {}).send([source], encodeUtf8("forged"));
  await settle();
  expect(disturbances).toBe(0);
});

test("closing either end closes the other, and leaves nothing behind", async () => {
  await using twin = await Twin.create();
  for (const closer of [0, 1]) {
    const before = [twin.initiator.router.addresses().length, twin.responder.router.addresses().length];
    const connection = await twin.connect();
    const route = [connection.address, twin.listener.address];
    const near = await createSecureChannel(twin.initiator.router, route, twin.initiator.options);
    const far = twin.listener.channels()[0]!;
    await [near, far][closer]!.close();
    expect(await Promise.all([near.closed, far.closed])).toEqual([undefined, undefined]);
    await near.close();
    expect(twin.listener.channels()).toEqual([]);
    for (const channel of [near, far]) {
      const closed = expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_CLOSED" });
      expect(() => channel.encrypt(new Uint8Array(1))).toThrow(closed);
      expect(() => channel.decrypt(new Uint8Array(40))).toThrow(closed);
      await expect(channel.ping()).rejects.toEqual(closed);
      await expect(channel.refreshCredential()).rejects.toEqual(closed);
    }
    expect(twin.initiator.router.flowControls.consumersOf(connection.flowControlId)).toEqual([]);
    expect(twin.responder.router.flowControls.consumersOf(far.flowControlId)).toEqual([]);
    expect(twin.responder.router.flowControls.producerOf(far.address)).toBeUndefined();
    await connection.close();
    await settle();
    expect([twin.initiator.router.addresses().length, twin.responder.router.addresses().length]).toEqual(
      before,
    );
  }
});

test("a channel ends with `await using`, and with its router", async () => {
  await using twin = await Twin.create();
  let ended: SecureChannel;
  {
    await using channel = await createSecureChannel(
      twin.initiator.router,
      await twin.route(),
      twin.initiator.options,
    );
    ended = channel;
  }
  expect(await ended.closed).toBeUndefined();
  for (const end of [0, 1]) {
    const channels = await pair(twin);
    await twin.initiator.router.stop(channels[0][end === 0 ? "address" : "decryptorAddress"]);
    expect(await Promise.all(channels.map((channel) => channel.closed))).toEqual([undefined, undefined]);
  }
  const [near, far] = await pair(twin);
  await twin.initiator.router.close();
  expect(await near.closed).toBeUndefined();
  // A router that closes says goodbye for its channels.
  expect(await far.closed).toBeUndefined();
});

test("pings under way end with the channel", async () => {
  await using twin = await Twin.create();
  const silent = collector(twin.responder.router, "silent");
  twin.responder.router.flowControls.addConsumer(silent.address, twin.listener.flowControlId);
  for (const end of [0, 1] as const) {
    const channels = await pair(twin);
    const outcome = channels[0].ping({ echo: silent.address }).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );
    await until(() => silent.received.length === end + 1);
    await channels[end].close();
    expect(await outcome).toMatchObject({ code: "OCKAM_SECURE_CHANNEL_CLOSED" });
  }
});

test("channels of a closed listener stay open", async () => {
  await using twin = await Twin.create();
  const [near] = await pair(twin);
  await twin.listener.close();
  const app = collector(twin.initiator.router, "app");
  twin.initiator.router.flowControls.addConsumer(app.address, near.flowControlId);
  twin.responder.router.flowControls.addConsumer(ECHO, twin.listener.channels()[0]!.flowControlId);
  await near.ping();
});

test("a channel inside a channel shows the inner peer, and the outer node sees none of it", async () => {
  await using twin = await Twin.create();
  const { initiator, responder } = twin;
  const seen: Uint8Array[] = [];
  // The outer channel ends at a relay, which passes everything on to the node behind it.
  const relay = responder.router.start(hopWorker(), { address: "relay" });
  responder.router.flowControls.addConsumer(relay.address, twin.listener.flowControlId);
  const third = await createParty();
  const inner = createSecureChannelListener(responder.router, "inner", {
    ...third.options,
    consumerOf: [twin.listener.flowControlId],
  });
  responder.router.flowControls.addConsumer(ECHO, inner.flowControlId);
  const outer = await createSecureChannel(initiator.router, await twin.route(), initiator.options);
  const wire = new Wire(initiator.router, await twin.connect());
  outer.setRoute([...wire.route]);
  const route = [outer.address, relay.address, inner.address];
  const channel = await createSecureChannel(initiator.router, route, initiator.options);
  expect(channel.peer.equals(third.identifier)).toBe(true);
  const service = collector(responder.router, "service");
  responder.router.flowControls.addConsumer(service.address, inner.flowControlId);
  const app = initiator.router.start(() => {});
  await app.send([channel.address, service.address], encodeUtf8("secret"));
  await until(() => service.received.length === 1);
  expect(service.received[0]!.localInfo).toHaveLength(1);
  expect(toHex(service.received[0]!.localInfoOf(SECURE_CHANNEL_IDENTIFIER)!)).toBe(
    `5820${initiator.identifier.hex}`,
  );
  expect(await channel.ping()).toBeGreaterThan(0);
  seen.push(...wire.outbound.flatMap((message) => message.pieces));
  expect(toHex(concatBytes(...seen))).not.toContain(toHex(encodeUtf8("secret")));
  expect(seen.length).toBeGreaterThan(0);
  await channel.close();
  await until(() => inner.channels().length === 0);
});

test("a responder answers on the way that the newest message came", async () => {
  await using twin = await Twin.create();
  const connections = [await twin.connect(), await twin.connect()] as const;
  const channel = await createSecureChannel(
    twin.initiator.router,
    [connections[0].address, twin.listener.address],
    twin.initiator.options,
  );
  const far = twin.listener.channels()[0]!;
  const before = far.route;
  await channel.ping();
  expect(far.route).toBe(before);
  channel.setRoute([connections[1].address]);
  await channel.ping();
  expect(far.route).not.toEqual(before);
  expect(far.route.at(-1)!.equals(channel.decryptorAddress)).toBe(true);
  await connections[0].close();
  await channel.ping();
});

test("an older message that arrives by another way does not move the route back", async () => {
  await using twin = await Twin.create();
  const wire = new Wire(twin.initiator.router, await twin.connect());
  const route = [...wire.route, twin.listener.address];
  const channel = await createSecureChannel(twin.initiator.router, route, twin.initiator.options);
  const far = twin.listener.channels()[0]!;
  wire.onOutbound = () => [];
  const app = twin.initiator.router.start(() => {});
  await app.send([channel.address, ECHO], encodeUtf8("delayed"));
  const delayed = wire.outbound.at(-1)!;
  wire.onOutbound = (message) => [message];
  const other = await twin.connect();
  channel.setRoute([other.address]);
  await channel.ping();
  const moved = far.route;
  wire.inject(delayed);
  await settle();
  expect(far.route).toBe(moved);
});

test("the very first message leaves the route alone", async () => {
  await using twin = await Twin.create();
  const options = { ...twin.initiator.options, confirm: false };
  const channel = await createSecureChannel(twin.initiator.router, await twin.route(), options);
  await until(() => twin.listener.channels().length === 1);
  const far = twin.listener.channels()[0]!;
  const before = far.route;
  channel.setRoute([(await twin.connect()).address]);
  await channel.ping();
  expect(far.route).toBe(before);
  await channel.ping();
  expect(far.route).not.toBe(before);
});

test("encrypt and decrypt work beside the messages, on the same nonces", async () => {
  await using twin = await Twin.create();
  const [near, far] = await pair(twin);
  for (let round = 0; round < 40; round++) {
    const text = encodeUtf8(`round ${round}`);
    const sealed = near.encrypt(text);
    expect(sealed).toHaveLength(8 + text.length + 16);
    expect(far.decrypt(sealed)).toEqual(text);
    expect(() => far.decrypt(sealed)).toThrow(
      expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_REPLAYED" }),
    );
    expect(near.decrypt(far.encrypt(text))).toEqual(text);
    await near.ping();
  }
});

test("a key-exchange-only channel encrypts and decrypts, again and again, and takes no messages", async () => {
  await using twin = await Twin.create({ keyExchangeOnly: true });
  const [near, far] = await pair(twin, { keyExchangeOnly: true });
  const sealed = Array.from({ length: 100 }, (_, index) => near.encrypt(encodeUtf8(`record ${index}`)));
  for (const index of [99, 0, 50, 50, 99, 1]) {
    expect(far.decrypt(sealed[index]!)).toEqual(encodeUtf8(`record ${index}`));
  }
  expect(near.decrypt(far.encrypt(encodeUtf8("answer")))).toEqual(encodeUtf8("answer"));
  await expect(near.ping({ timeout: 50 })).rejects.toMatchObject({ code: "OCKAM_ROUTING_TIMEOUT" });
  await expect(near.refreshCredential()).rejects.toMatchObject({ code: "OCKAM_SECURE_CHANNEL_WRONG_MODE" });
  // Ordinary messages, sealed by hand: the other end does not take them.
  const service = collector(twin.responder.router, "service");
  twin.responder.router.flowControls.addConsumer(service.address, far.flowControlId);
  const app = twin.initiator.router.start(() => {});
  const payload = concatBytes(...encodePayload([service.address], [], [encodeUtf8("not for you")]));
  for (const plaintext of [payload, encodeClose()]) await app.send(near.route, near.encrypt(plaintext));
  await settle();
  expect(service.received).toEqual([]);
  expect(twin.listener.channels()).toEqual([far]);
  await near.close();
  await far.close();
});

test("a key-exchange-only channel is read from when it is gone, with the key that was kept", async () => {
  const kept: ExchangedKey[] = [];
  await using twin = await Twin.create({
    keyExchangeOnly: true,
    onExchangedKey: (key) => void kept.push(key),
  });
  const [near, far] = await pair(twin, { keyExchangeOnly: true });
  const sealed = near.encrypt(encodeUtf8("record"));
  const back = far.encrypt(encodeUtf8("record"));
  await far.close();
  await near.close();
  const [key] = kept;
  expect(kept).toHaveLength(1);
  expect(key!.decryptor.equals(near.route.at(-1)!)).toBe(true);
  expect(key!.peer.equals(twin.initiator.identifier)).toBe(true);
  const reader = new ExchangedKeyReader(twin.responder.identities.vault.backend, key!.secret);
  expect(toHex(key!.secret)).toBe("00".repeat(32));
  for (let i = 0; i < 2; i++) expect(reader.decrypt(sealed)).toEqual(encodeUtf8("record"));
  const altered = sealed.with(9, sealed[9]! ^ 1);
  for (const wrong of [altered, back, new Uint8Array(3)]) {
    expect(() => reader.decrypt(wrong)).toThrow(
      expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_INVALID_MESSAGE" }),
    );
  }
  reader.destroy();
  expect(() => reader.decrypt(sealed)).toThrow(
    expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_CLOSED" }),
  );
});

test("no channel comes of a key that cannot be kept, and an ordinary channel hands none out", async () => {
  await using twin = await Twin.create({ keyExchangeOnly: true });
  const { router, options } = twin.initiator;
  const route = await twin.route();
  await expect(
    createSecureChannel(router, route, { ...options, keyExchangeOnly: true, onExchangedKey: diskIsFull }),
  ).rejects.toThrow("the disk is full");
  createSecureChannelListener(twin.responder.router, "ordinary", {
    ...twin.responder.options,
    consumerOf: [twin.transportListener.flowControlId],
  });
  const ordinary = [route[0]!, Address.local("ordinary")];
  const channel = await createSecureChannel(router, ordinary, {
    ...options,
    confirm: false,
    onExchangedKey: diskIsFull,
  });
  await channel.close();
});

function diskIsFull(): never {
  throw new Error("the disk is full");
}
