import { isOckamError, toHex } from "@ockam/codec";
import { defaultBackend, memorySecretStorage } from "@ockam/vault";
import { expect, test } from "vitest";

import { KeyNetwork } from "../testing/key-network.ts";
import type { KeyNode } from "../testing/key-network.ts";
import { KEY_RETRY_DELAY } from "./limits.ts";
import { KEY_ROTATION, MAX_ROTATION } from "./sealing-keys.ts";
import type { TopicKeyCipher } from "./topic-key-cipher.ts";
import { keyIdOf } from "./topic-key-record.ts";
import { memoryTopicKeyStorage } from "./topic-key-storage.ts";

const PLACE = { topic: "orders", partition: 0, key: null };
const VALUE = new TextEncoder().encode("value");
const DAY = 86_400_000;

async function seal(cipher: TopicKeyCipher, place = PLACE): Promise<Uint8Array> {
  return (await cipher.sealer(place.topic)).seal(place, VALUE);
}

/** Opens, as a client does: again and again until there is an outcome. */
async function open(cipher: TopicKeyCipher, sealed: Uint8Array, place = PLACE): Promise<Uint8Array> {
  let failure: unknown;
  await expect
    .poll(
      async () => {
        try {
          return await cipher.open(place, sealed);
        } catch (error) {
          failure = error;
          return isOckamError(error) && error.message.includes("is being fetched") ? undefined : error;
        }
      },
      { interval: 1, timeout: 5000 },
    )
    .toBeDefined();
  try {
    return await cipher.open(place, sealed);
  } catch {
    throw failure;
  }
}

function idOf(sealed: Uint8Array): string {
  return toHex(keyIdOf(sealed));
}

function handleOf(sealed: Uint8Array): string {
  return toHex(defaultBackend().sha256(keyIdOf(sealed)));
}

function topic(number: number): typeof PLACE {
  return { ...PLACE, topic: `topic-${number}` };
}

async function pair(): Promise<{ network: KeyNetwork; producer: KeyNode; consumer: KeyNode }> {
  const network = new KeyNetwork();
  return { network, producer: await network.start("producer"), consumer: await network.start("consumer") };
}

test("what was produced before anybody consumed is read, by any number of consumers", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  const sealed = await seal(producer.cipher());
  for (const name of ["a group", "another group", "a mirror"]) {
    const consumer = await network.start(name);
    expect(await open(consumer.cipher(), sealed)).toEqual(VALUE);
  }
});

test("who produces reads it at once", async () => {
  await using network = new KeyNetwork();
  const cipher = (await network.start("producer")).cipher();
  expect(await cipher.open(PLACE, await seal(cipher))).toEqual(VALUE);
});

test("a consumer reads after a restart, also without the producer's node", async () => {
  const { consumer, network, producer } = await pair();
  await using _ = network;
  const sealed = await seal(producer.cipher());
  await open(consumer.cipher(), sealed);
  await producer.stop();
  await consumer.restart();
  expect(await consumer.cipher().open(PLACE, sealed)).toEqual(VALUE);
});

test("a producer that restarts seals with another key, and still gives the former one", async () => {
  const { consumer, network, producer } = await pair();
  await using _ = network;
  const before = await seal(producer.cipher());
  await producer.restart();
  const after = await seal(producer.cipher());
  expect(idOf(after)).not.toBe(idOf(before));
  // The same origin: the relay has the same name.
  expect(idOf(after).slice(0, 16)).toBe(idOf(before).slice(0, 16));
  const cipher = consumer.cipher();
  expect(await open(cipher, before)).toEqual(VALUE);
  expect(await open(cipher, after)).toEqual(VALUE);
});

test("nothing is sealed before the node can be found", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer", { isPublished: false });
  const cipher = producer.cipher();
  await expect(seal(cipher)).rejects.toMatchObject({ code: "OCKAM_KAFKA_NO_CONSUMER" });
  expect(cipher.lastFailure?.message).toContain("relay");
  network.relays.set(producer.holder.relayName, "producer");
  await expect(seal(cipher)).rejects.toMatchObject({ code: "OCKAM_KAFKA_NO_CONSUMER" });
  network.now += KEY_RETRY_DELAY;
  expect(await cipher.open(PLACE, await seal(cipher))).toEqual(VALUE);
});

test("a key is at a named holder before it is used, and is read from there when the producer is gone", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer", { isPublished: false });
  const holder = await network.start("holder");
  const sealed = await seal(producer.cipher({ at: ["holder"] }));
  expect(await holder.storage.get(idOf(sealed))).toMatchObject({ isServed: true, topic: "orders" });
  await producer.stop();
  const consumer = await network.start("consumer");
  expect(await open(consumer.cipher({ at: ["holder"] }), sealed)).toEqual(VALUE);
  // The direct consumer: a named holder, and its own.
  expect(await holder.cipher().open(PLACE, sealed)).toEqual(VALUE);
});

test("one of several holders is enough; the others get the key later", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  const [here, away] = [await network.start("here"), await network.start("away")];
  network.unreachable.add("away");
  const cipher = producer.cipher({ at: ["here", "away"] });
  const sealed = await seal(cipher);
  expect(await here.storage.get(idOf(sealed))).toBeDefined();
  await expect.poll(() => cipher.lastFailure?.message, { interval: 5 }).toContain("cannot be asked");
  network.unreachable.delete("away");
  await expect
    .poll(
      async () => {
        network.now += 60_000;
        await seal(cipher);
        return away.storage.get(idOf(sealed));
      },
      { interval: 20 },
    )
    .toBeDefined();
});

test("without any of the named holders nothing is sealed", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  network.unreachable.add("away");
  await expect(seal(producer.cipher({ at: ["away"] }))).rejects.toMatchObject({
    code: "OCKAM_KAFKA_NO_CONSUMER",
  });
});

test("a holder that lost its storage has the key in use again after a minute", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  const holder = await network.start("holder");
  const cipher = producer.cipher({ at: ["holder"] });
  const sealed = await seal(cipher);
  holder.storage = memoryTopicKeyStorage();
  holder.secrets = memorySecretStorage();
  await holder.restart();
  producer.forget("holder");
  network.now += 59_999;
  await seal(cipher);
  expect(await holder.storage.get(idOf(sealed))).toBeUndefined();
  network.now += 1;
  await seal(cipher);
  await expect.poll(() => holder.storage.get(idOf(sealed)), { interval: 5 }).toBeDefined();
  expect(idOf(await seal(cipher))).toBe(idOf(sealed));
});

test("a producer that lost its own storage gives the key up that nobody could find there", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  const cipher = producer.cipher();
  const sealed = await seal(cipher);
  await producer.storage.delete(idOf(sealed));
  network.now += 60_000;
  await seal(cipher);
  await expect.poll(async () => idOf(await seal(cipher)), { interval: 1 }).not.toBe(idOf(sealed));
});

test("a holder that may not read is not given keys", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  const holder = await network.start("holder");
  const cipher = producer.cipher({ at: ["holder"], mayConsume: (peer) => !peer.equals(holder.identifier) });
  await expect(seal(cipher)).rejects.toMatchObject({ code: "OCKAM_KAFKA_NOT_AUTHORIZED" });
  expect(await holder.storage.count(producer.identifier)).toBe(0);
});

test("a producer that all holders refuse stops, also with a key in use; one that refuses is told of", async () => {
  await using network = new KeyNetwork();
  let isMember = true;
  const producer = await network.start("producer");
  await network.start("strict", { mayProduce: () => isMember });
  await network.start("lax");
  const [both, one] = [producer.cipher({ at: ["strict", "lax"] }), producer.cipher({ at: ["strict"] })];
  await seal(both);
  const sealed = await seal(one);
  isMember = false;
  network.now += 60_000;
  expect(idOf(await seal(one))).toBe(idOf(sealed));
  await expect
    .poll(() => seal(one).catch((error: unknown) => (isOckamError(error) ? error.code : error)), {
      interval: 5,
    })
    .toBe("OCKAM_KAFKA_NOT_AUTHORIZED");
  const before = await seal(both);
  await expect.poll(() => both.lastFailure?.message, { interval: 5 }).toContain("key holder strict");
  expect(idOf(await seal(both))).toBe(idOf(before));
});

test("a topic has one key, however many ask at once, and other topics have others", async () => {
  await using network = new KeyNetwork();
  const cipher = (await network.start("producer")).cipher();
  const [first, second, other] = await Promise.all([
    seal(cipher),
    seal(cipher, { ...PLACE, partition: 1 }),
    seal(cipher, { ...PLACE, topic: "payments" }),
  ]);
  expect(idOf(first)).toBe(idOf(second));
  expect(idOf(first)).not.toBe(idOf(other));
  expect(cipher.sealer("orders")).not.toBeInstanceOf(Promise);
});

test("a key is changed after its time, while records go on", async () => {
  const { consumer, network, producer } = await pair();
  await using _ = network;
  const cipher = producer.cipher();
  const first = await seal(cipher);
  network.now += KEY_ROTATION - 1;
  expect(idOf(await seal(cipher))).toBe(idOf(first));
  network.now += 1;
  // Another one is being made; nobody waits for it.
  expect(cipher.sealer("orders")).not.toBeInstanceOf(Promise);
  await expect.poll(async () => idOf(await seal(cipher)), { interval: 1 }).not.toBe(idOf(first));
  const reader = consumer.cipher();
  expect(await open(reader, first)).toEqual(VALUE);
  expect(await open(reader, await seal(cipher))).toEqual(VALUE);
});

test("a key that cannot be changed is used for twice its time, and no longer", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  const holder = await network.start("holder");
  const cipher = producer.cipher({ at: ["holder"] });
  const first = await seal(cipher);
  await holder.stop();
  network.now += 2 * KEY_ROTATION - 1000;
  expect(idOf(await seal(cipher))).toBe(idOf(first));
  network.now += 2000;
  await expect(seal(cipher)).rejects.toMatchObject({ code: "OCKAM_KAFKA_NO_CONSUMER" });
});

test("a key is changed after its records and its bytes", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  for (const limits of [{ records: 8 }, { bytes: 8 * VALUE.length }]) {
    const cipher = producer.cipher({ limits });
    const sealer = await cipher.sealer("orders");
    const sealed = Array.from({ length: 8 }, () => sealer.seal(PLACE, VALUE));
    expect(new Set(sealed.map((record) => toHex(record.subarray(29, 33)))).size).toBe(8);
    expect(() => sealer.seal(PLACE, VALUE)).toThrow(
      expect.objectContaining({ code: "OCKAM_KAFKA_NO_CONSUMER" }),
    );
    expect(idOf(await seal(cipher))).not.toBe(idOf(sealed[0]!));
  }
  const cipher = producer.cipher({ limits: { records: 8 } });
  const first = await seal(cipher);
  for (let i = 0; i < 3; i++) await seal(cipher);
  // Half of them: the next one is made before it is needed.
  await expect.poll(async () => idOf(await seal(cipher)), { interval: 1 }).not.toBe(idOf(first));
});

test("given up keys are not used again", async () => {
  await using network = new KeyNetwork();
  const cipher = (await network.start("producer")).cipher();
  const first = await seal(cipher);
  cipher.rotate();
  const second = await seal(cipher);
  expect(idOf(second)).not.toBe(idOf(first));
  network.now += DAY;
  const making = cipher.sealer("payments");
  cipher.rotate();
  await expect(making).rejects.toMatchObject({ code: "OCKAM_KAFKA_NO_CONSUMER" });
});

test("rotations and retentions have bounds", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  for (const rotateAfter of [0, -1, MAX_ROTATION + 1, Number.NaN]) {
    expect(() => producer.cipher({ rotateAfter })).toThrow(RangeError);
  }
  expect(() => producer.cipher({ keyRetention: -1 })).toThrow(RangeError);
  expect(idOf(await seal(producer.cipher({ rotateAfter: MAX_ROTATION })))).toHaveLength(48);
});

test("after its retention a key is gone, at the holders and at those who fetched it", async () => {
  const { consumer, network, producer } = await pair();
  await using _ = network;
  const sealed = await seal(producer.cipher({ rotateAfter: DAY, keyRetention: 7 * DAY }));
  const kept = await seal(producer.cipher());
  const cipher = consumer.cipher();
  await open(cipher, sealed);
  await open(cipher, kept);
  network.now += 9 * DAY - 1000;
  expect(await cipher.open(PLACE, sealed)).toEqual(VALUE);
  network.now += 1000;
  for (const node of [producer, consumer]) {
    await node.holder.store.sweep();
    expect(await node.storage.get(idOf(sealed))).toBeUndefined();
    expect(await node.secrets.get("aes256", handleOf(sealed))).toBeUndefined();
    expect(await node.storage.get(idOf(kept))).toBeDefined();
    expect(await node.secrets.get("aes256", handleOf(kept))).toBeDefined();
  }
  await expect(open(cipher, sealed)).rejects.toMatchObject({ code: "OCKAM_KAFKA_UNKNOWN_KEY" });
  expect(await cipher.open(PLACE, kept)).toEqual(VALUE);
});

test("a key whose end has come is not used or given, also while it is in the storage", async () => {
  const { consumer, network, producer } = await pair();
  await using _ = network;
  const cipher = producer.cipher({ keyRetention: 0 });
  const sealed = await seal(cipher);
  expect(await cipher.open(PLACE, sealed)).toEqual(VALUE);
  network.now += 2 * DAY;
  await expect(open(cipher, sealed)).rejects.toMatchObject({ code: "OCKAM_KAFKA_UNKNOWN_KEY" });
  await expect(open(consumer.cipher(), sealed)).rejects.toMatchObject({ code: "OCKAM_KAFKA_UNKNOWN_KEY" });
});

test("keys for sealing are bounded: the topic that was not used longest gets another one", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  const cipher = producer.cipher({ limits: { topics: 10 } });
  const first = await seal(cipher, topic(0));
  const second = await seal(cipher, topic(1));
  for (let i = 2; i < 10; i++) await seal(cipher, topic(i));
  expect(idOf(await seal(cipher, topic(0)))).toBe(idOf(first));
  await seal(cipher, topic(10));
  expect(idOf(await seal(cipher, topic(0)))).toBe(idOf(first));
  expect(idOf(await seal(cipher, topic(1)))).not.toBe(idOf(second));
});

test("a topic whose name is longer than Kafka allows is refused", async () => {
  await using network = new KeyNetwork();
  const cipher = (await network.start("producer")).cipher();
  await expect(cipher.sealer("t".repeat(250))).rejects.toMatchObject({ code: "OCKAM_KAFKA_INVALID_VALUE" });
});

test("after the end nothing is sealed", async () => {
  await using network = new KeyNetwork();
  const cipher = (await network.start("producer")).cipher();
  await seal(cipher);
  await cipher.close();
  expect(() => cipher.sealer("orders")).toThrow("closed");
});
