import { isOckamError, toHex } from "@ockam/codec";
import { expect, test } from "vitest";

import { impostor, KeyNetwork } from "../testing/key-network.ts";
import type { KeyNode } from "../testing/key-network.ts";
import { MAX_HOLDER_CHANNELS, MAX_KEY_FETCHES, MAX_REMEMBERED_FETCHES } from "./key-fetcher.ts";
import { HOLDER_REFUSAL } from "./key-holder-message.ts";
import type { HolderAnswer, HolderRequest } from "./key-holder-message.ts";
import { KEY_RETRY_DELAY } from "./limits.ts";
import type { TopicKeyCipher } from "./topic-key-cipher.ts";
import { keyIdOf } from "./topic-key-record.ts";
import type { HeldTopicKey } from "./topic-key-store.ts";

const PLACE = { topic: "orders", partition: 0, key: null };
const VALUE = new TextEncoder().encode("value");

async function seal(cipher: TopicKeyCipher, place = PLACE): Promise<Uint8Array> {
  return (await cipher.sealer(place.topic)).seal(place, VALUE);
}

/** What a record is, or why it is not opened, once that is known. */
async function outcome(cipher: TopicKeyCipher, sealed: Uint8Array, place = PLACE): Promise<unknown> {
  let said: unknown;
  await expect
    .poll(
      async () => {
        try {
          said = await cipher.open(place, sealed);
        } catch (error) {
          said = error;
        }
        return said instanceof Error && said.message.includes("is being fetched");
      },
      { interval: 1, timeout: 5000 },
    )
    .toBe(false);
  return said instanceof Error && isOckamError(said) ? said.code.replace("OCKAM_KAFKA_", "") : said;
}

/** A record of a key whose relay leads to somebody else. */
async function hijacked(
  answer: (request: HolderRequest, key: HeldTopicKey) => HolderAnswer,
): Promise<{ network: KeyNetwork; producer: KeyNode; consumer: KeyNode; sealed: Uint8Array }> {
  const network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const cipher = producer.cipher();
  const sealed = await seal(cipher);
  const key = await producer.holder.store.served(keyIdOf(sealed));
  await impostor(network, "mallory", (request) => answer(request, key!));
  network.relays.set(producer.holder.relayName, "mallory");
  return { network, producer, consumer, sealed };
}

test("a key whose origin does not have it any more is unknown", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const sealed = await seal(producer.cipher());
  await producer.storage.delete(toHex(keyIdOf(sealed)));
  expect(await outcome(consumer.cipher(), sealed)).toBe("UNKNOWN_KEY");
});

test("a key that nobody can be asked for is unknown", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const cipher = producer.cipher();
  const sealed = await seal(cipher);
  const reader = consumer.directCipher();
  expect(await outcome(reader, sealed)).toBe("UNKNOWN_KEY");
  await producer.storage.delete(toHex(keyIdOf(sealed)));
  await producer.restart();
  expect(await outcome(producer.cipher(), sealed)).toBe("UNKNOWN_KEY");
});

test("a key whose holder cannot be reached is not lost: it is fetched when that is back", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const sealed = await seal(producer.cipher());
  network.relays.delete(producer.holder.relayName);
  const cipher = consumer.cipher();
  expect(await outcome(cipher, sealed)).toBe("KEY_UNREACHABLE");
  network.relays.set(producer.holder.relayName, "producer");
  expect(await outcome(cipher, sealed)).toBe("KEY_UNREACHABLE");
  network.now += KEY_RETRY_DELAY;
  await expect.poll(() => outcome(cipher, sealed), { interval: 5 }).toEqual(VALUE);
});

test("it is told whether the origin is known from other keys", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const writer = producer.cipher();
  const [first, other] = [await seal(writer), await seal(writer, { ...PLACE, topic: "payments" })];
  network.relays.delete(producer.holder.relayName);
  const cipher = consumer.cipher();
  expect(await outcome(cipher, first)).toBe("KEY_UNREACHABLE");
  await expect(cipher.open(PLACE, first)).rejects.toMatchObject({
    details: { isKnownOrigin: false, key: toHex(keyIdOf(first)) },
  });
  expect(cipher.lastFailure?.message).toContain(producer.holder.relayName);
  network.relays.set(producer.holder.relayName, "producer");
  network.now += KEY_RETRY_DELAY;
  await expect.poll(() => outcome(cipher, first), { interval: 5 }).toEqual(VALUE);
  network.relays.delete(producer.holder.relayName);
  await producer.stop();
  const place = { ...PLACE, topic: "payments" };
  expect(await outcome(cipher, other, place)).toBe("KEY_UNREACHABLE");
  await expect(cipher.open(place, other)).rejects.toMatchObject({ details: { isKnownOrigin: true } });
});

test("a key that is slow to come keeps no other one waiting", async () => {
  await using network = new KeyNetwork();
  const [producer, away] = [await network.start("producer"), await network.start("away")];
  const consumer = await network.start("consumer");
  const [here, there] = [await seal(producer.cipher()), await seal(away.cipher())];
  const silent = consumer.router.start(() => {}).address;
  const cipher = consumer.cipher({
    originRoute: (name) => (name === away.holder.relayName ? [silent] : consumer.wayTo("producer")),
  });
  await expect(cipher.open(PLACE, there)).rejects.toMatchObject({ code: "OCKAM_KAFKA_KEY_UNREACHABLE" });
  expect(await outcome(cipher, here)).toEqual(VALUE);
  await expect(cipher.open(PLACE, there)).rejects.toThrow("is being fetched");
});

test("whoever took the place of an origin cannot say that there is no key, or that it is not given", async () => {
  for (const reason of [HOLDER_REFUSAL.unknown, HOLDER_REFUSAL.notAuthorized]) {
    const { consumer, network, sealed } = await hijacked(() => ({
      type: "refused",
      reason,
      salt: new Uint8Array(16),
    }));
    await using _ = network;
    expect(await outcome(consumer.cipher(), sealed)).toBe("KEY_UNREACHABLE");
  }
});

test("whoever took the place of an origin cannot give another key, nor the right one", async () => {
  const forgeries: ((key: HeldTopicKey) => HolderAnswer)[] = [
    (key) => ({ type: "found", producer: key.producer, key: { ...key, secret: new Uint8Array(32) } }),
    (key) => ({ type: "found", producer: key.producer, key: { ...key, keptUntil: 1 } }),
    (key) => ({ type: "found", producer: key.producer, key: { ...key, topic: "payments" } }),
    // A member who was given the key is not its producer all the same.
    (key) => ({ type: "found", producer: key.producer, key }),
    () => ({ type: "kept" }),
  ];
  for (const answer of forgeries) {
    const { consumer, network, sealed } = await hijacked((_, key) => answer(key));
    await using _ = network;
    expect(await outcome(consumer.cipher(), sealed)).toBe("KEY_UNREACHABLE");
    expect(await consumer.storage.get(toHex(keyIdOf(sealed)))).toBeUndefined();
  }
});

test("a named holder is believed if it may speak about producers", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const sealed = await seal(producer.cipher());
  network.relays.clear();
  const key = await producer.holder.store.served(keyIdOf(sealed));
  const holder = await impostor(network, "holder", () => ({
    type: "found",
    producer: producer.identifier,
    key: key!,
  }));
  const refusing = consumer.cipher({
    at: ["holder"],
    mayProduce: (peer) => !peer.equals(holder.identifier),
  });
  expect(await outcome(refusing, sealed)).toBe("KEY_UNREACHABLE");
  expect(await outcome(consumer.cipher({ at: ["holder"] }), sealed)).toEqual(VALUE);
});

test("a named holder's no counts if it may speak about producers, and another's yes is better", async () => {
  await using network = new KeyNetwork();
  const producer = await network.start("producer");
  const consumer = await network.start("consumer");
  const [having, without] = [await network.start("with"), await network.start("without")];
  const sealed = await seal(producer.cipher({ at: ["with"] }));
  await producer.stop();
  network.relays.clear();
  expect(await outcome(consumer.directCipher({ at: ["without"] }), sealed)).toBe("UNKNOWN_KEY");
  const refusing = consumer.directCipher({
    at: ["without"],
    mayProduce: (peer) => !peer.equals(without.identifier),
  });
  expect(await outcome(refusing, sealed)).toBe("KEY_UNREACHABLE");
  expect(await outcome(consumer.directCipher({ at: ["without", "with"] }), sealed)).toEqual(VALUE);
  expect(await having.storage.count(producer.identifier)).toBe(1);
});

test("a consumer that the holder's policy refuses is told so", async () => {
  await using network = new KeyNetwork();
  let isMember = false;
  const producer = await network.start("producer", { mayConsume: () => isMember });
  const consumer = await network.start("consumer");
  const sealed = await seal(producer.cipher());
  const cipher = consumer.cipher();
  expect(await outcome(cipher, sealed)).toBe("KEY_REFUSED");
  isMember = true;
  network.now += KEY_RETRY_DELAY;
  await expect.poll(() => outcome(cipher, sealed), { interval: 5 }).toEqual(VALUE);
});

test("a producer that the consumer's policy refuses is not believed, and one that was believed stays so", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const writer = producer.cipher();
  const [first, other] = [await seal(writer), await seal(writer, { ...PLACE, topic: "payments" })];
  let mayProduce = false;
  const cipher = consumer.cipher({ mayProduce: () => mayProduce });
  expect(await outcome(cipher, first)).toBe("NOT_AUTHORIZED");
  expect(await consumer.storage.get(toHex(keyIdOf(first)))).toBeUndefined();
  mayProduce = true;
  network.now += KEY_RETRY_DELAY;
  await expect.poll(() => outcome(cipher, first), { interval: 5 }).toEqual(VALUE);
  mayProduce = false;
  expect(await outcome(cipher, first)).toEqual(VALUE);
  expect(await outcome(cipher, other, { ...PLACE, topic: "payments" })).toBe("NOT_AUTHORIZED");
});

test("a record that was moved to another topic is not opened, and costs that topic nothing", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const sealed = await seal(producer.cipher());
  const cipher = consumer.cipher();
  const elsewhere = { ...PLACE, topic: "payments" };
  expect(await outcome(cipher, sealed, elsewhere)).toBe("NOT_AUTHENTIC");
  expect(await outcome(cipher, sealed)).toEqual(VALUE);
  expect(await outcome(cipher, sealed, elsewhere)).toBe("NOT_AUTHENTIC");
  expect(await outcome(cipher, sealed, { ...PLACE, partition: 1 })).toBe("NOT_AUTHENTIC");
});

test("a record that was moved brings no key past the policy for its topic", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const sealed = await seal(producer.cipher());
  const cipher = consumer.cipher({ mayProduce: (_, topic) => topic === "payments" });
  expect(await outcome(cipher, sealed, { ...PLACE, topic: "payments" })).toBe("NOT_AUTHENTIC");
  expect(await outcome(cipher, sealed)).toBe("NOT_AUTHORIZED");
});

test("a holder that began anew is asked over a new channel", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const cipher = consumer.cipher();
  expect(await outcome(cipher, await seal(producer.cipher()))).toEqual(VALUE);
  await producer.restart();
  consumer.forget("producer");
  expect(await outcome(cipher, await seal(producer.cipher()))).toEqual(VALUE);
});

test("who is refused over a channel of before is asked over a new one, with the credentials of now", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const writer = producer.cipher();
  let refusals = 0;
  const cipher = consumer.cipher({ mayProduce: () => (refusals -= 1) < 0 });
  expect(await outcome(cipher, await seal(writer))).toEqual(VALUE);
  refusals = 1;
  const place = { ...PLACE, topic: "payments" };
  expect(await outcome(cipher, await seal(writer, place), place)).toEqual(VALUE);
  expect(refusals).toBe(-1);
});

test("keys are fetched so many at a time, and others have their turn then", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const asked: (() => void)[] = [];
  const cipher = consumer.cipher({
    originRoute: () => new Promise((resolve) => asked.push(() => resolve([]))),
  });
  const sealed = await seal(producer.cipher());
  const forged = Array.from({ length: MAX_KEY_FETCHES + 1 }, (_, number) => forge(sealed, number));
  for (const record of forged) await expect(cipher.open(PLACE, record)).rejects.toThrow("is being fetched");
  await expect.poll(() => asked.length, { interval: 1 }).toBe(MAX_KEY_FETCHES);
  await expect(cipher.open(PLACE, forged.at(-1)!)).rejects.toThrow("is being fetched");
  for (const fail of asked) fail();
  expect(await outcome(cipher, forged[0]!)).toBe("KEY_UNREACHABLE");
  await expect(cipher.open(PLACE, forged.at(-1)!)).rejects.toThrow("is being fetched");
  await expect.poll(() => asked.length, { interval: 1 }).toBe(MAX_KEY_FETCHES + 1);
  asked.at(-1)!();
  expect(await outcome(cipher, forged.at(-1)!)).toBe("KEY_UNREACHABLE");
});

test("channels to origins are bounded", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const asked: string[] = [];
  const cipher = consumer.cipher({
    originRoute: (relayName) => {
      asked.push(relayName);
      return relayName === producer.holder.relayName ? consumer.wayTo("producer") : [];
    },
  });
  const writer = producer.cipher();
  const opened = (): number => asked.filter((name) => name === producer.holder.relayName).length;
  const read = async (number: number): Promise<unknown> => {
    const place = { ...PLACE, topic: `topic-${number}` };
    return outcome(cipher, await seal(writer, place), place);
  };
  const sealed = await seal(writer);
  expect(await read(0)).toEqual(VALUE);
  for (let i = 1; i < MAX_HOLDER_CHANNELS; i++) await outcome(cipher, forge(sealed, i));
  expect(await read(1)).toEqual(VALUE);
  expect(opened()).toBe(1);
  for (let i = 0; i < MAX_HOLDER_CHANNELS; i++) await outcome(cipher, forge(sealed, 1000 + i));
  expect(await read(2)).toEqual(VALUE);
  expect(opened()).toBe(2);
});

test("what came of fetches is forgotten in time", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const cipher = consumer.directCipher();
  const sealed = await seal(producer.cipher());
  for (let i = 0; i < MAX_REMEMBERED_FETCHES; i++) {
    await expect(cipher.open(PLACE, forge(sealed, i))).rejects.toThrow();
  }
  expect(await outcome(cipher, forge(sealed, 0))).toBe("UNKNOWN_KEY");
  await expect(cipher.open(PLACE, forge(sealed, 0))).rejects.toThrow("no key holder has");
  await expect(cipher.open(PLACE, forge(sealed, MAX_REMEMBERED_FETCHES))).rejects.toThrow("is being fetched");
  await expect(cipher.open(PLACE, forge(sealed, 0))).rejects.toThrow("is being fetched");
});

/** A record of a key and an origin that nobody has. */
function forge(sealed: Uint8Array, number: number): Uint8Array {
  const forged = sealed.slice();
  new DataView(forged.buffer).setUint32(5, number);
  return forged;
}

test("a storage that fails says nothing about the key", async () => {
  await using network = new KeyNetwork();
  const [producer, consumer] = [await network.start("producer"), await network.start("consumer")];
  const sealed = await seal(producer.cipher());
  const put = consumer.storage.put.bind(consumer.storage);
  consumer.storage.put = () => Promise.reject(new Error("the disk is full"));
  const cipher = consumer.cipher();
  await expect(cipher.open(PLACE, sealed)).rejects.toMatchObject({ code: "OCKAM_KAFKA_KEY_UNREACHABLE" });
  await expect.poll(() => cipher.lastFailure?.message, { interval: 5 }).toContain("the disk is full");
  consumer.storage.put = put;
  network.now += KEY_RETRY_DELAY;
  await expect.poll(() => outcome(cipher, sealed), { interval: 5 }).toEqual(VALUE);
});
