import { expect, test } from "vitest";

import { allowing, inletTo, KafkaNodes } from "../../test/kafka-nodes.ts";

const CANARY = "the 32-byte canary of this test!";

test("a record goes from a producer to a consumer of another node, and the broker cannot read it", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, producer, consumer] = [await kafka.node(), await kafka.node(), await kafka.node()];
  const all = [near, producer, consumer];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const there = await consumer.kafkaInlets.create(inletTo(near, all));
  const here = await producer.kafkaInlets.create(inletTo(near, all));
  expect(here).toMatchObject({ status: "Up", last_failure: null });
  const reader = await kafka.clientOf(there);
  expect(await reader.fetch("orders")).toEqual([]);
  await expect.poll(() => consumer.kafkaInlets.show("kafka_inlet").published).toEqual(["consumer_orders_0"]);
  const writer = await kafka.clientOf(here);
  expect(await kafka.produce(writer, "orders", CANARY)).toBe(0);
  expect(Buffer.concat(kafka.broker.stored.get("orders")!).includes(CANARY)).toBe(false);
  expect(await reader.fetch("orders")).toEqual([CANARY]);
});
