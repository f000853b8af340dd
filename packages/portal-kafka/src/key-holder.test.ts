import { Address, Router } from "@ockam/core-routing";
import { toHex } from "@ockam/codec";
import { memorySecretStorage } from "@ockam/vault";
import { expect, test, vi } from "vitest";

import { KeyNetwork, SILENCE } from "../testing/key-network.ts";
import type { KeyNode } from "../testing/key-network.ts";
import { encodeHolderRequest, HOLDER_REFUSAL, MAX_KEY_MESSAGE_LENGTH } from "./key-holder-message.ts";
import type { HolderAnswer, HolderRequest } from "./key-holder-message.ts";
import {
  createKeyHolder,
  KAFKA_KEY_HOLDER,
  KAFKA_KEYS,
  KEY_SWEEP_INTERVAL,
  MAX_KEYS_OF_PRODUCER,
  MAX_PENDING_KEY_REQUESTS,
  MAX_SEALING_TIME,
} from "./key-holder.ts";
import { KEY_WINDOW } from "./key-quota.ts";
import { memoryTopicKeyStorage } from "./topic-key-storage.ts";
import type { HeldTopicKey } from "./topic-key-store.ts";

function deposit(from: KeyNode, key: HeldTopicKey, at = "holder"): Promise<HolderAnswer | undefined> {
  return from.ask(at, encodeHolderRequest({ type: "deposit", id: key.id, key }));
}

function fetch(from: KeyNode, { id }: HeldTopicKey, at = "holder"): Promise<HolderAnswer | undefined> {
  return from.ask(at, encodeHolderRequest({ type: "fetch", id }));
}

function refused(reason: keyof typeof HOLDER_REFUSAL): unknown {
  return expect.objectContaining({ type: "refused", reason: HOLDER_REFUSAL[reason] });
}

test("keeps what is deposited, as often as it comes, and gives it", async () => {
  await using network = new KeyNetwork();
  await network.start("holder");
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const key = producer.key();
  expect(await fetch(consumer, key)).toEqual(refused("unknown"));
  expect(await deposit(producer, key)).toEqual({ type: "kept" });
  expect(await deposit(producer, key)).toEqual({ type: "kept" });
  const { keptUntil, sealsUntil, secret, topic } = key;
  expect(await fetch(consumer, key)).toEqual({
    type: "found",
    producer: producer.identifier,
    key: { keptUntil, sealsUntil, secret, topic },
  });
});

test("keeps a key whose secret or entry was lost when it comes again", async () => {
  await using network = new KeyNetwork();
  const holder = await network.start("holder");
  const producer = await network.start("producer");
  const key = producer.key();
  await deposit(producer, key);
  holder.secrets = memorySecretStorage();
  await holder.restart();
  producer.forget("holder");
  expect(await fetch(producer, key)).toEqual(refused("unknown"));
  expect(await deposit(producer, key)).toEqual({ type: "kept" });
  expect(await fetch(producer, key)).toMatchObject({ type: "found" });
});

test("gives keys to whom the policy lets consume that topic, asked each time", async () => {
  await using network = new KeyNetwork();
  let isMember = true;
  const holder = await network.start("holder", { mayConsume: (_, topic) => isMember && topic === "orders" });
  const node = await network.start("producer");
  const [orders, payments] = [node.key(), node.key({ topic: "payments" })];
  await deposit(node, orders);
  await deposit(node, payments);
  expect(await fetch(node, orders)).toMatchObject({ type: "found" });
  expect(await fetch(node, payments)).toEqual(refused("notAuthorized"));
  isMember = false;
  expect(await fetch(node, orders)).toEqual(refused("notAuthorized"));
  expect(holder.logged).toContain("does not let this consumer");
});

test("does not touch a secret for somebody who may not consume", async () => {
  await using network = new KeyNetwork();
  const secrets = memorySecretStorage();
  const read: string[] = [];
  const holder = await network.start("holder", {
    mayConsume: () => false,
    secrets: {
      get: (kind, handle) => {
        read.push(handle);
        return secrets.get(kind, handle);
      },
      put: (kind, handle, secret) => secrets.put(kind, handle, secret),
      delete: (kind, handle) => secrets.delete(kind, handle),
    },
  });
  const key = holder.key();
  await holder.holder.store.keep(key, true);
  read.length = 0;
  expect(await fetch(await network.start("stranger"), key)).toEqual(refused("notAuthorized"));
  expect(read).toEqual([]);
});

test("takes keys from whom the policy lets produce, and its decision stays with the key", async () => {
  await using network = new KeyNetwork();
  let isMember = false;
  const holder = await network.start("holder", { mayProduce: () => isMember });
  const producer = await network.start("producer");
  const [first, second] = [producer.key(), producer.key()];
  expect(await deposit(producer, first)).toEqual(refused("notAuthorized"));
  expect(await holder.storage.get(toHex(first.id))).toBeUndefined();
  isMember = true;
  expect(await deposit(producer, first)).toEqual({ type: "kept" });
  isMember = false;
  expect(await deposit(producer, second)).toEqual(refused("notAuthorized"));
  expect(await fetch(producer, first)).toMatchObject({ type: "found" });
});

test("takes no key in the name of another, and none that is not what its id says", async () => {
  await using network = new KeyNetwork();
  const holder = await network.start("holder");
  const [producer, mallory] = [await network.start("producer"), await network.start("mallory")];
  const key = producer.key();
  const other = producer.key();
  for (const forged of [
    { ...key, secret: other.secret },
    { ...key, id: other.id },
    { ...key, topic: "payments" },
    { ...key, sealsUntil: key.sealsUntil + 1 },
    { ...key, keptUntil: key.sealsUntil + 1 },
  ]) {
    expect(await deposit(producer, forged)).toEqual(refused("notAcceptable"));
    expect(await holder.storage.get(toHex(forged.id))).toBeUndefined();
  }
  expect(await deposit(mallory, key)).toEqual(refused("notAcceptable"));
  expect(await deposit(producer, key)).toEqual({ type: "kept" });
});

test("takes keys that end in time", async () => {
  await using network = new KeyNetwork();
  await network.start("holder");
  const producer = await network.start("producer");
  const now = network.now / 1000;
  const last = now + MAX_SEALING_TIME / 1000;
  for (const [sealsUntil, keptUntil, answer] of [
    [now, 0, refused("notAcceptable")],
    [last + 1, 0, refused("notAcceptable")],
    [now + 10, now + 9, refused("notAcceptable")],
    [now + 1, now + 1, { type: "kept" }],
    [last, 0, { type: "kept" }],
  ] as const) {
    expect(await deposit(producer, producer.key({ sealsUntil, keptUntil }))).toEqual(answer);
  }
});

test("a producer cannot fill it over years", async () => {
  await using network = new KeyNetwork();
  const storage = memoryTopicKeyStorage();
  let count = MAX_KEYS_OF_PRODUCER;
  const counting = { ...bound(storage), count: async () => count };
  await network.start("holder", { storage: counting });
  const producer = await network.start("producer");
  const key = producer.key();
  expect(await deposit(producer, key)).toEqual(refused("tooMany"));
  count -= 1;
  expect(await deposit(producer, key)).toEqual({ type: "kept" });
  count += 1;
  // It is there already.
  expect(await deposit(producer, key)).toEqual({ type: "kept" });
});

test("a producer has so many keys taken within an hour, others have theirs", async () => {
  await using network = new KeyNetwork();
  await network.start("holder", { maxNewKeys: 2 });
  const [producer, other] = [await network.start("producer"), await network.start("other")];
  const keys = Array.from({ length: 3 }, () => producer.key());
  for (const key of keys.slice(0, 2)) expect(await deposit(producer, key)).toEqual({ type: "kept" });
  expect(await deposit(producer, keys[2]!)).toEqual(refused("tooMany"));
  // What is there already does not count.
  expect(await deposit(producer, keys[0]!)).toEqual({ type: "kept" });
  expect(await deposit(other, other.key())).toEqual({ type: "kept" });
  network.now += KEY_WINDOW;
  expect(await deposit(producer, producer.key())).toEqual({ type: "kept" });
});

test("answers nothing that came through no channel, or breaks the format", async () => {
  await using network = new KeyNetwork();
  const holder = await network.start("holder");
  const producer = await network.start("producer");
  const payload = encodeHolderRequest({ type: "fetch", id: producer.key().id });
  const silence = { timeout: SILENCE };
  const direct = await producer.wayTo("holder", KAFKA_KEY_HOLDER);
  await expect(producer.router.request(direct, payload, silence)).rejects.toThrow("no answer");
  const local = [Address.local(KAFKA_KEY_HOLDER)];
  await expect(holder.router.request(local, payload, silence)).rejects.toThrow("no answer");
  expect(holder.logged).toContain("no secure channel");
  const long = new Uint8Array(MAX_KEY_MESSAGE_LENGTH + 1);
  long.set(payload);
  expect(await producer.ask("holder", long, SILENCE)).toBeUndefined();
  expect(await producer.ask("holder", payload.subarray(1), SILENCE)).toBeUndefined();
  expect(holder.logged).toContain("breaks the format");
  expect(await producer.ask("holder", payload)).toEqual(refused("unknown"));
});

test("does not serve what it fetched for itself, unless that is deposited too", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const other = await network.start("other");
  const key = producer.key();
  await consumer.holder.store.keep(key, false);
  expect(await fetch(other, key, "consumer")).toEqual(refused("unknown"));
  expect(await deposit(producer, key, "consumer")).toEqual({ type: "kept" });
  expect(await fetch(other, key, "consumer")).toMatchObject({ type: "found" });
  // It does not become less.
  await consumer.holder.store.keep(key, false);
  expect(await fetch(other, key, "consumer")).toMatchObject({ type: "found" });
});

test("a peer has so many requests answered at a time, and is in nobody else's way", async () => {
  await using network = new KeyNetwork();
  const decisions: ((answer: boolean) => void)[] = [];
  const greedy = await network.start("greedy");
  await network.start("holder", {
    mayProduce: (peer) =>
      peer.equals(greedy.identifier) ? new Promise((decide) => decisions.push(decide)) : true,
  });
  const other = await network.start("other");
  const channel = await greedy.channelTo("holder");
  const ask = (request: HolderRequest): Promise<HolderAnswer | undefined> =>
    greedy.askOver(channel, encodeHolderRequest(request));
  const keys = Array.from({ length: MAX_PENDING_KEY_REQUESTS }, () => greedy.key());
  const waiting = keys.map((key) => ask({ type: "deposit", id: key.id, key }));
  await expect.poll(() => decisions.length, { interval: 5 }).toBe(MAX_PENDING_KEY_REQUESTS);
  const { id } = greedy.key();
  expect(await ask({ type: "fetch", id })).toEqual(refused("busy"));
  expect(await deposit(other, other.key())).toEqual({ type: "kept" });
  for (const decide of decisions) decide(true);
  expect(await Promise.all(waiting)).toEqual(keys.map(() => ({ type: "kept" })));
  expect(await ask({ type: "fetch", id })).toEqual(refused("unknown"));
});

test("a storage or policy that fails is not taken for an answer", async () => {
  await using network = new KeyNetwork();
  const storage = memoryTopicKeyStorage();
  let fails = true;
  const broken = {
    ...bound(storage),
    put: (entry: Parameters<typeof storage.put>[0]) =>
      fails ? Promise.reject(new Error("the disk is full")) : storage.put(entry),
  };
  const holder = await network.start("holder", {
    storage: broken,
    mayConsume: () => Promise.reject(new Error("no authority")),
  });
  const producer = await network.start("producer");
  const key = producer.key();
  expect(await deposit(producer, key)).toEqual(refused("busy"));
  expect(holder.logged).toContain("the disk is full");
  expect(await fetch(producer, key)).toEqual(refused("unknown"));
  fails = false;
  expect(await deposit(producer, key)).toEqual({ type: "kept" });
  expect(await fetch(producer, key)).toEqual(refused("busy"));
});

test("keys whose end has come are deleted when it starts, however many", async () => {
  await using network = new KeyNetwork();
  const holder = await network.start("holder");
  const end = network.now / 1000 + 7200;
  const keys = Array.from({ length: 250 }, () => holder.key({ keptUntil: end }));
  for (const key of keys) await holder.holder.store.keep(key, true);
  network.now += 7_200_000;
  await holder.restart();
  await expect.poll(() => holder.storage.count(holder.identifier), { interval: 1 }).toBe(0);
});

test("keys whose end has come are deleted while it runs", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    await using network = new KeyNetwork();
    const holder = await network.start("holder");
    const key = holder.key({ keptUntil: network.now / 1000 + 7200 });
    await holder.holder.store.keep(key, true);
    vi.advanceTimersByTime(KEY_SWEEP_INTERVAL);
    expect(await holder.storage.count(holder.identifier)).toBe(1);
    network.now += 7_200_000;
    vi.advanceTimersByTime(KEY_SWEEP_INTERVAL);
    await expect.poll(() => holder.storage.count(holder.identifier), { interval: 1 }).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("a damaged entry is no key", async () => {
  await using network = new KeyNetwork();
  const holder = await network.start("holder");
  const key = holder.key();
  await holder.holder.store.keep(key, true);
  const id = toHex(key.id);
  await holder.storage.put({ ...(await holder.storage.get(id))!, topic: "payments" });
  expect(await holder.holder.store.find(id)).toBeUndefined();
});

test("there is one at a node, and its addresses are free after the end", async () => {
  await using network = new KeyNetwork();
  const node = await network.start("holder");
  const options = {
    ...node.channel,
    storage: node.storage,
    secrets: node.secrets,
    mayConsume: () => true,
    mayProduce: () => true,
  };
  await expect(createKeyHolder(node.router, options)).rejects.toMatchObject({
    code: "OCKAM_ROUTING_ADDRESS_IN_USE",
  });
  await node.holder.close();
  for (const name of [KAFKA_KEYS, KAFKA_KEY_HOLDER]) expect(node.router.has(Address.local(name))).toBe(false);
  await using router = new Router();
  router.start(() => {}, { address: KAFKA_KEYS });
  await expect(createKeyHolder(router, options)).rejects.toMatchObject({
    code: "OCKAM_ROUTING_ADDRESS_IN_USE",
  });
  expect(router.has(Address.local(KAFKA_KEY_HOLDER))).toBe(false);
});

test("an origin is that of an identity and a storage", async () => {
  await using network = new KeyNetwork();
  const first = await network.start("first");
  const second = await network.start("second", { identifier: first.identifier });
  const third = await network.start("third", { storage: first.storage });
  const names = new Set([first, second, third].map(({ holder }) => holder.relayName));
  expect(names.size).toBe(3);
  expect(first.holder.relayName).toMatch(/^kafka_keys_[0-9a-f]{16}$/);
});

/** The methods of a storage, to put others in the place of some. */
function bound(storage: ReturnType<typeof memoryTopicKeyStorage>): ReturnType<typeof memoryTopicKeyStorage> {
  return {
    salt: () => storage.salt(),
    get: (id) => storage.get(id),
    put: (entry) => storage.put(entry),
    delete: (id) => storage.delete(id),
    count: (producer) => storage.count(producer),
    hasOrigin: (origin) => storage.hasOrigin(origin),
    ended: (at, limit) => storage.ended(at, limit),
  };
}
