import { randomInt } from "node:crypto";

import type { KafkaRecord } from "@ockam/kafka-protocol";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { JavaClient } from "./java-client.ts";
import { KafkaBroker } from "./kafka-broker.ts";
import { KafkaProject } from "./kafka-project.ts";
import type { KafkaInletEnd } from "./kafka-project.ts";
import { MaliciousBroker } from "./malicious-broker.ts";
import type { Place } from "./malicious-broker.ts";

const TOPICS = ["orders", "payments"] as const;
const PARTITIONS = 2;
const RECORDS = 25;
const FULL = process.env["OCKAM_PEERS_FULL"] === "1";
/** Random tricks: 5, or 100 with `OCKAM_PEERS_FULL=1`. */
const ROUNDS = FULL ? 100 : 5;
/** The first byte of a value that they alter. Before this one is the id of its key, and for one that nobody has a consumer waits 30 s. */
const FIRST_ALTERED = FULL ? 0 : 29;

let malicious: MaliciousBroker;
let broker: KafkaBroker;
let java: JavaClient;
let project: KafkaProject;
let producer: KafkaInletEnd;
let consumer: KafkaInletEnd;
let strictConsumer: KafkaInletEnd;
/** What the broker has, by topic, partition and key. */
const stored = new Map<string, Uint8Array>();

beforeAll(async () => {
  malicious = await MaliciousBroker.listen();
  broker = await KafkaBroker.start({ advertisedPort: malicious.port });
  malicious.lead(broker.port);
  java = JavaClient.start();
  project = await KafkaProject.start();
  const outlet = await project.member("typescript");
  await project.createOutlet(outlet, malicious.port);
  const inlet = async (...options: string[]): Promise<KafkaInletEnd> =>
    project.createInlet(await project.member("typescript"), {
      outlet,
      way: "relay",
      options: ["--key-agreement", "topic-keys", ...options],
    });
  producer = await inlet();
  consumer = await inlet();
  strictConsumer = await inlet("--unreadable-records", "error");
  for (const topic of TOPICS) {
    await broker.createTopic(topic, { partitions: PARTITIONS });
    await java.produce(
      producer.address,
      topic,
      places(topic).flatMap((place) =>
        Array.from({ length: RECORDS }, (_, i) => ({
          partition: place.partition,
          key: Buffer.from(`key ${i}`),
          value: Buffer.from(genuine(place, `key ${i}`)),
        })),
      ),
    );
    for (const { key, partition, value } of await java.read(broker.address, topic, {
      count: RECORDS * PARTITIONS,
    })) {
      stored.set(nameOf({ topic, partition }, key), value!);
    }
  }
  expect(stored.size).toBe(TOPICS.length * PARTITIONS * RECORDS);
});

afterEach(() => {
  malicious.mischief = {};
});

afterAll(async () => {
  await java?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  await malicious?.[Symbol.asyncDispose]();
});

test("values in the place of others: of another record, partition or topic", async () => {
  for (const [topic, partition, step] of [
    ["orders", 0, 1], // another record
    ["orders", 1, 0], // another partition
    ["payments", 0, 0], // another topic
  ] as const) {
    malicious.mischief = {
      fetched: (at, records) =>
        at.topic !== "orders" || at.partition !== 0
          ? records
          : records.map((record, i) => {
              const key = records[(i + step) % records.length]!.key;
              return { ...record, value: stored.get(nameOf({ topic, partition }, key))! };
            }),
    };
    const before = malicious.meddled;
    expect(await readGenuine("orders", [0])).toBe(0);
    expect(malicious.meddled).toBeGreaterThan(before);
    expect(await readGenuine("orders", [1])).toBe(RECORDS);
  }
});

test("a value under another record key, and values that are altered, cut off or made up", async () => {
  const tricks: readonly ((record: KafkaRecord) => KafkaRecord)[] = [
    (record) => ({ ...record, key: Buffer.from("another key") }),
    (record) => ({ ...record, key: null }),
    (record) => ({ ...record, value: flipped(record.value!) }),
    (record) => ({ ...record, value: record.value!.slice(0, -1) }),
    (record) => ({ ...record, value: Buffer.concat([record.value!, Buffer.from("x")]) }),
    (record) => ({ ...record, value: record.value!.slice(0, 40) }),
    (record) => ({
      ...record,
      value: Buffer.from(genuine({ topic: "orders", partition: 0 }, String(record.key))),
    }),
    (record) => ({ ...record, value: Buffer.alloc(0) }),
  ];
  malicious.mischief = {
    fetched: (_, records) => records.map((record, i) => tricks[i % tricks.length]!(record)),
  };
  expect(await readGenuine("orders", [0])).toBe(0);
});

test("an inlet that is told to stop tells the consumer that something is wrong", async () => {
  malicious.mischief = {
    fetched: (_, records) =>
      records.map((record, i) => (i === 3 ? { ...record, value: record.value!.slice(0, -1) } : record)),
  };
  await expect(java.read(strictConsumer.address, "orders", { only: [0] })).rejects.toThrow(/corrupt/i);
  malicious.mischief = {};
  expect(await readGenuine("orders", [0, 1], strictConsumer)).toBe(RECORDS * PARTITIONS);
});

test("records left out and repeated: what is delivered is genuine", async () => {
  malicious.mischief = {
    // A value again, at the offset of a later record with the same key.
    fetched: (_, records) =>
      records.flatMap((record, i) =>
        i % 3 === 0 ? [] : i % 3 === 1 ? [record] : [{ ...record, ...contentOf(records[i - 1]!) }],
      ),
  };
  expect(await readGenuine("orders", [0, 1])).toBeGreaterThan(0);
});

test("batches that are damaged or cut off", async () => {
  for (const change of [
    (bytes: Uint8Array) => bytes.with(randomInt(bytes.length), randomInt(256)),
    (bytes: Uint8Array) => bytes.slice(0, randomInt(bytes.length)),
    (bytes: Uint8Array) => Buffer.concat([bytes, bytes.subarray(0, randomInt(bytes.length))]),
  ]) {
    let damaged = 0;
    malicious.mischief = { bytes: (_, bytes) => (damaged++ < 4 ? change(bytes) : bytes) };
    await readGenuine("orders", [0, 1]).catch(expectRefusal);
    expect(damaged).toBeGreaterThan(0);
    malicious.mischief = {};
    expect(await readGenuine("orders", [0, 1])).toBe(RECORDS * PARTITIONS);
  }
});

test("what is altered on the way to the broker", async () => {
  const topic = "altered";
  await broker.createTopic(topic);
  const [one, other] = Array.from(stored.values());
  malicious.mischief = {
    produced: (_, record) =>
      String(record.key) === "key 0"
        ? record
        : { ...record, value: String(record.key) === "key 1" ? one! : other! },
  };
  await java.produce(
    producer.address,
    topic,
    [0, 1, 2].map((i) => ({
      key: Buffer.from(`key ${i}`),
      value: Buffer.from(genuine({ topic, partition: 0 }, `key ${i}`)),
    })),
  );
  malicious.mischief = {};
  expect(await readGenuine(topic, [0])).toBe(1);
});

test(`${ROUNDS} times anything, to any record`, { timeout: 60_000 + ROUNDS * 10_000 }, async () => {
  const values = Array.from(stored.values());
  const tricks: readonly ((record: KafkaRecord, all: readonly KafkaRecord[]) => KafkaRecord)[] = [
    (record) => record,
    (record) => ({ ...record, value: any(values) }),
    (record, all) => ({ ...record, key: any(all).key }),
    (record, all) => ({ ...record, ...contentOf(any(all)) }),
    (record) => ({ ...record, value: any(values).with(FIRST_ALTERED + randomInt(20), randomInt(256)) }),
    (record) => ({ ...record, value: any(values).slice(0, randomInt(80)) }),
    (record) => ({ ...record, value: Buffer.concat([any(values).slice(0, randomInt(50)), any(values)]) }),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    malicious.mischief = {
      fetched: (_, records) => records.map((record) => any(tricks)(record, records)),
    };
    for (const topic of TOPICS) await readGenuine(topic, [0, 1]);
  }
  malicious.mischief = {};
  for (const topic of TOPICS) expect(await readGenuine(topic, [0, 1])).toBe(RECORDS * PARTITIONS);
});

/** Reads all that is delivered, all of which must be what was produced there with that key; returns how many there were. */
async function readGenuine(
  topic: string,
  only: readonly number[],
  inlet: KafkaInletEnd = consumer,
): Promise<number> {
  const records = await java.read(inlet.address, topic, { only, timeout: 90_000 });
  for (const { key, partition, value } of records) {
    expect(String(value)).toBe(genuine({ topic, partition }, String(key)));
  }
  return records.length;
}

/** What was produced at a place with a key: no two are the same. */
function genuine({ partition, topic }: Place, key: string): string {
  return `${topic}, ${partition}, ${key}`;
}

function nameOf({ partition, topic }: Place, key: Uint8Array | null): string {
  return `${topic} ${partition} ${String(key && Buffer.from(key))}`;
}

function places(topic: string): readonly Place[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
}

function any<T>(list: readonly T[]): T {
  return list[randomInt(list.length)]!;
}

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1);
}

/** What a record says, without where it is. */
function contentOf({ headers, key, timestamp, value }: KafkaRecord): Partial<KafkaRecord> {
  return { headers, key, timestamp, value };
}

/** A consumer may fail at a broken batch; it must not be something else that failed. */
function expectRefusal(error: unknown): void {
  expect(String(error)).toMatch(/corrupt|KafkaException/i);
}
