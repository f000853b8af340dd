import { setTimeout as sleep } from "node:timers/promises";

import * as platformatic from "@platformatic/kafka";
import { CompressionTypes, Kafka, logLevel } from "kafkajs";
import type { KafkaMessage } from "kafkajs";

import { Deferred } from "../deferred.ts";
import { inOrder } from "./kafka-client.ts";
import type {
  Codec,
  ConsumeOptions,
  KafkaClient,
  ProduceOptions,
  ReadRecord,
  SentRecord,
} from "./kafka-client.ts";

/** The library kafkajs. Of the codecs it brings gzip along. */
export class Kafkajs implements KafkaClient {
  readonly name: string = "kafkajs";
  readonly codecs: readonly Codec[] = ["none", "gzip"];

  async produce(
    address: string,
    topic: string,
    records: readonly SentRecord[],
    { codec }: ProduceOptions = {},
  ): Promise<void> {
    const producer = kafkajs(address).producer();
    await producer.connect();
    try {
      await producer.send({
        topic,
        acks: -1,
        compression: codec === "gzip" ? CompressionTypes.GZIP : CompressionTypes.None,
        messages: records.map(({ headers = [], key, partition, timestamp, value }) => ({
          key: key ?? null,
          value,
          headers: Object.fromEntries(headers.map(([name, content]) => [name, content ?? ""])),
          ...(partition === undefined ? {} : { partition }),
          ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
        })),
      });
    } finally {
      await producer.disconnect();
    }
  }

  async consume(
    address: string,
    topic: string,
    { count, timeout = 30_000 }: ConsumeOptions,
  ): Promise<readonly ReadRecord[]> {
    const consumer = kafkajs(address).consumer({ groupId: groupName(), maxWaitTimeInMs: 100 });
    const records: ReadRecord[] = [];
    const done = new Deferred<void>();
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ message, partition }) => {
          records.push(kafkajsRecord(partition, message));
          if (records.length >= count) done.resolve();
        },
      });
      await Promise.race([done.promise, sleep(timeout, undefined, { ref: false })]);
    } finally {
      await consumer.disconnect();
    }
    return inOrder(records.slice(0, count));
  }
}

/** The library @platformatic/kafka. */
export class Platformatic implements KafkaClient {
  readonly name: string = "platformatic";
  readonly codecs: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];

  async produce(
    address: string,
    topic: string,
    records: readonly SentRecord[],
    { codec = "none" }: ProduceOptions = {},
  ): Promise<void> {
    const producer = new platformatic.Producer({ clientId: "suite", bootstrapBrokers: [address] });
    try {
      await producer.send({
        acks: platformatic.ProduceAcks.ALL,
        compression: codec,
        messages: records.map(({ headers = [], key, partition, timestamp, value }) => ({
          topic,
          headers: new Map(headers.map(([name, content]) => [Buffer.from(name), content ?? Buffer.alloc(0)])),
          ...(value === null ? {} : { value }),
          ...(key === null || key === undefined ? {} : { key }),
          ...(partition === undefined ? {} : { partition }),
          ...(timestamp === undefined ? {} : { timestamp: BigInt(timestamp) }),
        })),
      });
    } finally {
      await producer.close();
    }
  }

  async consume(
    address: string,
    topic: string,
    { count, timeout = 30_000 }: ConsumeOptions,
  ): Promise<readonly ReadRecord[]> {
    const consumer = new platformatic.Consumer({
      clientId: "suite",
      bootstrapBrokers: [address],
      groupId: groupName(),
      maxWaitTime: 100,
    });
    // By partition and offset: as it commits nothing, it reads all from the start again when it has to join its group anew.
    const records = new Map<string, ReadRecord>();
    const done = new Deferred<void>();
    try {
      const stream = await consumer.consume({
        topics: [topic],
        autocommit: false,
        mode: platformatic.MessagesStreamModes.EARLIEST,
      });
      stream.on("data", ({ headerEntries, key, offset, partition, timestamp, value }) => {
        records.set(`${partition} ${offset}`, {
          partition,
          offset: Number(offset),
          timestamp: Number(timestamp),
          key: key ?? null,
          value: value ?? null,
          headers: headerEntries.map(([name, content]) => [String(name), content]),
        });
        if (records.size >= count) done.resolve();
      });
      stream.once("error", done.reject);
      await Promise.race([done.promise, sleep(timeout, undefined, { ref: false })]);
      await stream.close();
    } finally {
      await consumer.close(true);
    }
    return inOrder([...records.values()].slice(0, count));
  }
}

function kafkajs(address: string): Kafka {
  return new Kafka({ clientId: "suite", brokers: [address], logLevel: logLevel.NOTHING });
}

function kafkajsRecord(partition: number, message: KafkaMessage): ReadRecord {
  const { headers = {}, key, offset, timestamp, value } = message;
  return {
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    key,
    value,
    headers: Object.entries(headers).flatMap(([name, contents]) =>
      [contents]
        .flat()
        .map((content) => [name, content === undefined ? null : Buffer.from(content)] as const),
    ),
  };
}

let groups = 0;

function groupName(): string {
  return `suite-${process.pid}-${groups++}`;
}
