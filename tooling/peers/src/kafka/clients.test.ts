import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { ConsoleTools, consumerGroups } from "./console-tools.ts";
import { JavaClient } from "./java-client.ts";
import type { JavaRun, MemberEvent } from "./java-client.ts";
import { KafkaBroker } from "./kafka-broker.ts";
import type { TopicOptions } from "./kafka-broker.ts";
import type { KafkaClient, ReadRecord, SentRecord } from "./kafka-client.ts";
import { KafkaProject } from "./kafka-project.ts";
import type { KafkaInletEnd, MemberNode } from "./kafka-project.ts";
import { Kcat } from "./kcat.ts";
import { Kafkajs, Platformatic } from "./node-clients.ts";

const OWN_KEYS = ["--key-agreement", "topic-keys"];

let broker: KafkaBroker;
let java: JavaClient;
let project: KafkaProject;
let outlet: MemberNode;
let producer: KafkaInletEnd;
let consumer: KafkaInletEnd;
let otherConsumer: KafkaInletEnd;
let topics = 0;

beforeAll(async () => {
  broker = await KafkaBroker.start({ settings: { "log.cleaner.backoff.ms": 200 } });
  java = JavaClient.start();
  project = await KafkaProject.start();
  outlet = await project.member("typescript");
  await project.createOutlet(outlet, broker.port);
  const inlets: KafkaInletEnd[] = [];
  for (let i = 0; i < 3; i++) {
    const node = await project.member("typescript");
    inlets.push(await project.createInlet(node, { outlet, way: "relay", options: OWN_KEYS }));
  }
  [producer, consumer, otherConsumer] = inlets as [KafkaInletEnd, KafkaInletEnd, KafkaInletEnd];
});

afterAll(async () => {
  await java?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

const CLIENTS: readonly (() => KafkaClient)[] = [
  () => java,
  () => new Kcat(),
  () => new ConsoleTools(),
  () => new Kafkajs(),
  () => new Platformatic(),
];

describe.each(CLIENTS.map((client) => [client]))("client %#", (create) => {
  test("every codec: what it produces it consumes, and so does the Java client", async () => {
    const client = create();
    for (const codec of client.codecs) {
      const topic = await newTopic({ partitions: 3 });
      const records = Array.from({ length: 30 }, (_, i) => ({
        key: Buffer.from(`key ${i % 5}`),
        value: Buffer.from(`value ${i} of ${client.name}, ${"compressible ".repeat(20)}`),
        headers: [["codec", Buffer.from(codec)]] as const,
      }));
      const context = `${client.name}, ${codec}`;
      await client.produce(producer.address, topic, records, { codec });
      const read = await client.consume(consumer.address, topic, { count: 30 });
      expect(byKey(read), context).toEqual(byKey(records));
      expect(byKey(await java.read(otherConsumer.address, topic, { count: 30 })), context).toEqual(
        byKey(records),
      );
      for (const segment of broker.segments(topic))
        expect(segment.includes("compressible"), context).toBe(false);
    }
  });
});

describe("groups", () => {
  test.each(["classic", "consumer"])(
    "three members, behind two inlets, that come and go (protocol %s)",
    async (protocol) => {
      const topic = await newTopic({ partitions: 6 });
      const expected: string[] = [];
      const produceMore = async (): Promise<void> => {
        const values = Array.from({ length: 60 }, (_, i) => `${expected.length + i}`);
        expected.push(...values);
        await java.produce(
          producer.address,
          topic,
          values.map((value, i) => ({ partition: i % 6, value: Buffer.from(value) })),
        );
      };
      const members: JavaRun<MemberEvent, object>[] = [];
      const join = (inlet: KafkaInletEnd): JavaRun<MemberEvent, object> => {
        const settings = protocol === "classic" ? { "heartbeat.interval.ms": 300 } : {};
        const member = java.join(inlet.address, topic, `group-${protocol}`, {
          "group.protocol": protocol,
          ...settings,
        });
        members.push(member);
        return member;
      };
      const read = (): readonly string[] =>
        members.flatMap(({ events }) =>
          events.flatMap((event) => ("record" in event ? [String(event.record.value)] : [])),
        );
      const untilAllIsRead = async (): Promise<void> => {
        while (new Set(read()).size < expected.length) await untilNextLook(members);
      };

      const first = join(consumer);
      await produceMore();
      await untilAllIsRead();
      const second = join(consumer);
      const third = join(otherConsumer);
      while ([first, second, third].some((member) => partitionsOf(member).length !== 2)) {
        await untilNextLook(members);
      }
      await produceMore();
      await untilAllIsRead();
      first.stop();
      await first.result;
      while (partitionsOf(second).length + partitionsOf(third).length < 6) await untilNextLook(members);
      await produceMore();
      await untilAllIsRead();
      second.stop();
      await second.result;
      // Records of before are read by who never had their partition.
      await produceMore();
      await untilAllIsRead();
      third.stop();
      await third.result;
      expect([...new Set(read())].toSorted()).toEqual(expected.toSorted());
    },
  );

  test("offsets are set to the start after everything was killed and is back", async () => {
    const topic = await newTopic({ partitions: 2 });
    const values = Array.from({ length: 100 }, (_, i) => `${i}`);
    await java.produce(
      producer.address,
      topic,
      values.map((value, i) => ({ partition: i % 2, value: Buffer.from(value) })),
    );
    const readAll = async (): Promise<readonly string[]> => {
      const member = java.join(consumer.address, topic, "again");
      const read = (): string[] =>
        member.events.flatMap((event) => ("record" in event ? [String(event.record.value)] : []));
      while (read().length < values.length) await untilNextLook([member]);
      member.stop();
      await member.result;
      return read().toSorted();
    };
    expect(await readAll()).toEqual(values.toSorted());

    const nodes = [project.project.relay, outlet.role, producer.node.role, consumer.node.role];
    for (const node of nodes) await node.kill();
    await broker.kill();
    await broker.restart();
    for (const node of nodes) await node.restart();

    const group = ["--group", "again", "--topic", topic];
    await consumerGroups(consumer.address, [...group, "--reset-offsets", "--to-earliest", "--execute"]);
    expect(await readAll()).toEqual(values.toSorted());
  });
});

describe("records", () => {
  test("a backlog of 6 MB in one partition, from a client that fills its batches to the limit", async () => {
    const topic = await newTopic();
    const values = Array.from({ length: 6000 }, (_, i) => `${i} ${randomBytes(490).toString("hex")}`);
    await new Kcat().produce(
      producer.address,
      topic,
      values.map((value) => ({ value: Buffer.from(value) })),
    );
    for (const client of [java, new Kcat()]) {
      const read = await client.consume(consumer.address, topic, { count: values.length });
      expect(read.map(({ value }) => String(value))).toEqual(values);
    }
  });

  test("a record near the broker's limit, and one above it", async () => {
    const topic = await newTopic();
    const settings = { "max.request.size": 4 * 2 ** 20, "buffer.memory": 64 * 2 ** 20 };
    const large = randomBytes(1_048_400);
    const send = (value: Buffer): Promise<readonly unknown[]> =>
      java.send(producer.address, topic, [{ records: [{ value }] }], settings);
    expect(await send(large)).toMatchObject([{ offset: 0 }]);
    expect(await send(randomBytes(1_048_600))).toMatchObject([{ error: "RecordTooLargeException" }]);
    const [read] = await java.read(consumer.address, topic, { count: 1 });
    expect(read!.value!.equals(large)).toBe(true);
  });

  test("tombstones, empty values, null and repeated headers, binary content and times", async () => {
    const topic = await newTopic();
    const records: readonly SentRecord[] = [
      { key: Buffer.from("gone"), value: null, timestamp: 1_700_000_000_000 },
      { key: Buffer.alloc(0), value: Buffer.alloc(0), timestamp: 1_600_000_000_001 },
      { key: null, value: randomBytes(100), timestamp: 1_700_000_000_002 },
      {
        key: randomBytes(20),
        value: Buffer.from("with headers"),
        timestamp: 1_700_000_000_003,
        headers: [
          ["null", null],
          ["twice", Buffer.from("1")],
          ["empty", Buffer.alloc(0)],
          ["twice", Buffer.from("2")],
          ["naïve ☃", randomBytes(10)],
        ],
      },
    ];
    await java.produce(producer.address, topic, records);
    const read = await java.read(consumer.address, topic, { count: records.length });
    expect(read.map(({ headers, key, timestamp, value }) => ({ headers, key, timestamp, value }))).toEqual(
      records.map(({ headers = [], key, timestamp, value }) => ({ headers, key, timestamp, value })),
    );
  });

  test("transactions: committed, aborted, and who reads which", async () => {
    const topic = await newTopic({ partitions: 2 });
    await java.send(
      producer.address,
      topic,
      [
        { records: batch("first"), end: "commit" },
        { records: batch("dropped"), end: "abort" },
        { records: batch("last"), end: "commit" },
      ],
      { "transactional.id": "accounts" },
    );
    const read = async (isolation: string): Promise<readonly string[]> => {
      const records = await java.read(consumer.address, topic, {}, { "isolation.level": isolation });
      return records.map(({ value }) => String(value)).toSorted();
    };
    const written = ["first", "dropped", "last"].map((name) => batch(name).map(({ value }) => String(value)));
    const [first, , last] = written;
    expect(await read("read_committed")).toEqual([first!, last!].flat().toSorted());
    expect(await read("read_uncommitted")).toEqual(written.flat().toSorted());
  });

  test("a compacted topic: the last value of each key is left", async () => {
    const topic = await newTopic({
      settings: {
        "cleanup.policy": "compact",
        "min.cleanable.dirty.ratio": "0.01",
        "segment.ms": "200",
        "max.compaction.lag.ms": "200",
      },
    });
    const put = (key: string, value: string): Promise<void> =>
      java.produce(producer.address, topic, [{ key: Buffer.from(key), value: Buffer.from(value) }]);
    await java.produce(
      producer.address,
      topic,
      Array.from({ length: 200 }, (_, i) => ({
        key: Buffer.from(`key ${i % 4}`),
        value: Buffer.from(`${i}`),
      })),
    );
    // A record that comes later ends the segment, and only what has ended is compacted.
    const stored = (): Promise<readonly ReadRecord[]> => java.read(broker.address, topic, {});
    let rounds = 0;
    for (; (await stored()).length > 100; rounds++) await put("end", `${rounds}`);
    const read = await java.read(consumer.address, topic, {});
    const last = new Map(read.map(({ key, value }) => [String(key), String(value)]));
    expect(Object.fromEntries(last)).toEqual({
      "key 0": "196",
      "key 1": "197",
      "key 2": "198",
      "key 3": "199",
      end: `${rounds - 1}`,
    });
  });
});

/** Four records for two partitions. */
function batch(name: string): SentRecord[] {
  return [0, 1, 2, 3].map((i) => ({ partition: i % 2, value: Buffer.from(`${name} ${i}`) }));
}

async function newTopic(options: TopicOptions = {}): Promise<string> {
  const name = `topic-${topics++}`;
  await broker.createTopic(name, options);
  return name;
}

/** What was sent or read, by its key: records of a key keep their order, whatever partition it is in. */
function byKey(records: readonly SentRecord[]): object {
  const grouped: Record<string, object[]> = {};
  for (const { headers = [], key, value } of records) {
    (grouped[String(key)] ??= []).push({
      value: String(value),
      headers: headers.map((header) => header.map(String)),
    });
  }
  return grouped;
}

/** The partitions that a member has now. */
function partitionsOf({ events }: JavaRun<MemberEvent, object>): readonly number[] {
  const partitions = new Set<number>();
  for (const event of events) {
    if ("assigned" in event) for (const partition of event.assigned) partitions.add(partition);
    if ("revoked" in event) for (const partition of event.revoked) partitions.delete(partition);
  }
  return [...partitions];
}

/** A moment later; throws when a member has failed. */
async function untilNextLook(members: readonly JavaRun<MemberEvent, object>[]): Promise<void> {
  await Promise.race([sleep(20), ...members.map(({ result }) => result.then(() => sleep(20)))]);
}
