import { isTopicKeyRecord } from "@ockam/portal-kafka";
import { expect, test } from "vitest";

import { Issuer } from "../../testing/issuer.ts";
import { decodeRecordSet } from "../../testing/kafka-clients.ts";
import { allowing, inletTo, KafkaNodes } from "../../testing/kafka-nodes.ts";
import { memberOf } from "../../testing/member.ts";
import { addressOf, codeOf } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import { openState } from "../state/sqlite-state.ts";

const CANARY = "the 32-byte canary of this test!";
const TOPIC_KEYS = { keyAgreement: "topic-keys" } as const;

/** The sealed values that the broker has. */
function sealed(kafka: KafkaNodes, topic: string): readonly Uint8Array[] {
  return decodeRecordSet(Buffer.concat(kafka.broker.stored.get(topic) ?? []))
    .batches.flatMap((batch) => batch.records())
    .map(({ value }) => value!);
}

/** The key that a value was sealed with. */
function keyOf(value: Uint8Array): string {
  return Buffer.from(value.subarray(5, 29)).toString("hex");
}

test("what was produced before anybody consumed is read by any number of nodes", async () => {
  await using kafka = await KafkaNodes.create();
  const nodes = await Promise.all(Array.from({ length: 4 }, () => kafka.node()));
  const [near, producer, ...consumers] = nodes;
  await near!.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...nodes) });
  const writer = await kafka.clientOf(await producer!.kafkaInlets.create(inletTo(near!, nodes, TOPIC_KEYS)));
  expect(await kafka.produce(writer, "orders", CANARY)).toBe(0);
  expect(sealed(kafka, "orders").map(isTopicKeyRecord)).toEqual([true]);
  for (const consumer of consumers) {
    const reader = await kafka.clientOf(await consumer.kafkaInlets.create(inletTo(near!, nodes)));
    expect(await kafka.read(reader, "orders")).toEqual([CANARY]);
  }
});

test("keys are there after a restart of the producer's node, and at the consumer's without it", async () => {
  using home = temporaryHome();
  using state = openState({ home: home.path });
  await using kafka = await KafkaNodes.create();
  const [near, reading] = [await kafka.node(), await kafka.node()];
  let writing = await kafka.node({ state, name: "writing" });
  const all = [near, reading, writing];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const writer = await kafka.clientOf(await writing.kafkaInlets.create(inletTo(near, all, TOPIC_KEYS)));
  expect(await kafka.produce(writer, "orders", CANARY)).toBe(0);
  await writing.close();
  writing = await kafka.node({ state, name: "writing" });
  const reader = await kafka.clientOf(await reading.kafkaInlets.create(inletTo(near, all, TOPIC_KEYS)));
  expect(await kafka.read(reader, "orders")).toEqual([CANARY]);
  await writing.close();
  expect(await reader.fetch("orders")).toEqual([CANARY]);
});

test("a named holder gives keys when their producer is gone", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, holder, producer, consumer] = await Promise.all(Array.from({ length: 4 }, () => kafka.node()));
  const all = [near!, holder!, producer!, consumer!];
  await near!.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  await holder!.kafkaInlets.create(inletTo(near!, all));
  const named = {
    ...TOPIC_KEYS,
    keyHolders: [`${addressOf(holder!)}/secure/api`],
    publishingRelay: false as const,
  };
  const writer = await kafka.clientOf(await producer!.kafkaInlets.create(inletTo(near!, all, named)));
  expect(await kafka.produce(writer, "orders", CANARY)).toBe(0);
  await producer!.close();
  const reader = await kafka.clientOf(await consumer!.kafkaInlets.create(inletTo(near!, all, named)));
  expect(await kafka.read(reader, "orders")).toEqual([CANARY]);
});

test("who may not consume gets no key, and who may not any more none of the next one", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, producer, friend, stranger] = await Promise.all(Array.from({ length: 4 }, () => kafka.node()));
  const all = [near!, producer!, friend!, stranger!];
  await near!.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const allowConsumer = allowing(friend!);
  const created = await producer!.kafkaInlets.create(inletTo(near!, all, { ...TOPIC_KEYS, allowConsumer }));
  const writer = await kafka.clientOf(created);
  expect(await kafka.produce(writer, "orders", CANARY)).toBe(0);
  const [reader, refused] = [
    await kafka.clientOf(await friend!.kafkaInlets.create(inletTo(near!, all))),
    await kafka.clientOf(await stranger!.kafkaInlets.create(inletTo(near!, all))),
  ];
  expect(await kafka.read(reader, "orders")).toEqual([CANARY]);
  expect(await refused.fetch("orders")).toEqual([]);
  producer!.policies.set("kafka-consumer-kafka_inlet", allowing(producer!));
  // Decided in the background.
  await expect
    .poll(async () => {
      await writer.produce("orders", CANARY);
      return new Set(sealed(kafka, "orders").map(keyOf)).size;
    })
    .toBe(2);
});

test("a producer that may not have the relay of its keys seals as Rust does", async () => {
  await using kafka = await KafkaNodes.create();
  const issuer = await Issuer.create();
  const near = await kafka.node(await memberOf(issuer, { "ockam-relay": "*" }));
  const consumer = await kafka.node(await memberOf(issuer, { "ockam-relay": "*" }));
  const producer = await kafka.node(await memberOf(issuer, { role: "sensor" }));
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address });
  const params = { from: "127.0.0.1:0", to: `${addressOf(near)}/secure/api` };
  const reader = await kafka.clientOf(await consumer.kafkaInlets.create(params));
  expect(await reader.fetch("orders")).toEqual([]);
  const writer = await kafka.clientOf(await producer.kafkaInlets.create(params));
  expect(await kafka.produce(writer, "orders", CANARY)).toBe(0);
  expect(sealed(kafka, "orders").map(isTopicKeyRecord)).toEqual([false]);
  expect(producer.kafkaInlets.show("kafka_inlet").last_failure).toContain("may not have a relay");
  expect(await kafka.read(reader, "orders")).toEqual([CANARY]);
});

test("topic keys that nobody would find are refused, and so are rotations that are too long", async () => {
  await using kafka = await KafkaNodes.create();
  const node = await kafka.node();
  for (const params of [
    { ...TOPIC_KEYS, publishingRelay: false as const },
    { keyRotation: 0 },
    { keyRotation: 31 * 86_400_000 },
  ])
    expect(await codeOf(() => node.kafkaInlets.create(inletTo(node, [node], params)))).toBe(
      "OCKAM_NODE_INVALID_PARAMETERS",
    );
  expect(
    await codeOf(() => node.kafkaInlets.create(inletTo(node, [node], { keyHolders: ["nonsense"] }))),
  ).toBe("OCKAM_NODE_INVALID_ROUTE");
});

test.each(["rust", "topic-keys", "negotiate"] as const)("%s between two nodes", async (keyAgreement) => {
  await using kafka = await KafkaNodes.create();
  const [near, producer, consumer] = [await kafka.node(), await kafka.node(), await kafka.node()];
  const all = [near, producer, consumer];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const reader = await kafka.clientOf(await consumer.kafkaInlets.create(inletTo(near, all)));
  await reader.fetch("orders");
  const created = await producer.kafkaInlets.create(inletTo(near, all, { keyAgreement }));
  const writer = await kafka.clientOf(created);
  expect(await kafka.produce(writer, "orders", CANARY)).toBe(0);
  expect(sealed(kafka, "orders").map(isTopicKeyRecord)).toEqual([keyAgreement !== "rust"]);
  expect(await kafka.read(reader, "orders")).toEqual([CANARY]);
});

test("an inlet opens with no key that another one of the node fetched, unless its policy allows the producer", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, producer, consumer] = [await kafka.node(), await kafka.node(), await kafka.node()];
  const all = [near, producer, consumer];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const writer = await kafka.clientOf(await producer.kafkaInlets.create(inletTo(near, all, TOPIC_KEYS)));
  expect(await kafka.produce(writer, "orders", CANARY)).toBe(0);
  const [open, closed] = [
    await consumer.kafkaInlets.create(inletTo(near, all, { name: "open" })),
    await consumer.kafkaInlets.create(
      inletTo(near, all, { name: "closed", allowProducer: allowing(consumer) }),
    ),
  ];
  const readers = [await kafka.clientOf(open), await kafka.clientOf(closed)] as const;
  expect(await kafka.read(readers[0], "orders")).toEqual([CANARY]);
  for (let times = 0; times < 3; times++) expect(await readers[1].fetch("orders")).toEqual([]);
  consumer.policies.set("kafka-producer-closed", allowing(producer));
  expect(await kafka.read(readers[1], "orders")).toEqual([CANARY]);
});

test("who deletes the inlet that a producer's keys are found by is told so, and a new one gives them again", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, producer, consumer] = [await kafka.node(), await kafka.node(), await kafka.node()];
  const all = [near, producer, consumer];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const params = inletTo(near, all, TOPIC_KEYS);
  const writer = await kafka.clientOf(await producer.kafkaInlets.create(params));
  expect(await kafka.produce(writer, "orders", CANARY)).toBe(0);
  expect((await producer.kafkaInlets.delete("kafka_inlet")).warning).toContain("can be read only where");
  const reader = await kafka.clientOf(await consumer.kafkaInlets.create(params));
  expect(await reader.fetch("orders")).toEqual([]);
  await producer.kafkaInlets.create({ ...params, name: "other" });
  await expect.poll(() => reader.fetch("orders"), { timeout: 15_000 }).toEqual([CANARY]);
  expect((await consumer.kafkaInlets.delete("kafka_inlet")).warning).toBeUndefined();
});
