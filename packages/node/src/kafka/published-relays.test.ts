import type { LogEntry } from "@ockam/codec";
import { expect, test } from "vitest";

import { Issuer } from "../../testing/issuer.ts";
import { allowing, inletTo, KafkaNodes } from "../../testing/kafka-nodes.ts";
import { memberOf } from "../../testing/member.ts";
import { addressOf } from "../../testing/nodes.ts";
import { MAX_PUBLISHED_RELAYS } from "./published-relays.ts";

test("many partitions are published by one connection, and not more than there may be", async () => {
  await using kafka = await KafkaNodes.create();
  const entries: LogEntry[] = [];
  const [near, far] = [await kafka.node(), await kafka.node({ log: (entry) => void entries.push(entry) })];
  const all = [near, far];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const client = await kafka.clientOf(
    await far.kafkaInlets.create(inletTo(near, all, { keyAgreement: "negotiate" })),
  );
  const partitions = Array.from({ length: MAX_PUBLISHED_RELAYS + 1 }, (_, partition) => ({ partition }));
  const body = { topics: [{ topic: "orders", partitions }] };
  for (let times = 0; times < 2; times++) await client.ask<"Fetch">({ api: "Fetch", version: 12, body });
  const published = (): number => far.kafkaInlets.show("kafka_inlet").published.length;
  await expect.poll(published, { timeout: 5000 }).toBe(MAX_PUBLISHED_RELAYS - 1);
  // That of the node's own keys is the other one. A connection is for the inlet, and one for all of them.
  expect(far.tcpConnections.list()).toHaveLength(2);
  expect(entries.filter(({ message }) => message.includes("are not published"))).toHaveLength(1);
});

test("names of topics that are none are not published", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, far] = [await kafka.node(), await kafka.node()];
  const all = [near, far];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const client = await kafka.clientOf(await far.kafkaInlets.create(inletTo(near, all)));
  for (const topic of ["a#b", "a/b", "", "x".repeat(250), "good"]) await client.fetch(topic);
  await expect.poll(() => far.kafkaInlets.show("kafka_inlet").published).toEqual(["consumer_good_0"]);
});

test("what a relay node refuses is told, and tried again until it does not", async () => {
  await using kafka = await KafkaNodes.create();
  const issuer = await Issuer.create();
  const near = await kafka.node(await memberOf(issuer, {}));
  const far = await kafka.node(await memberOf(issuer, { role: "app", "ockam-relay": "*" }));
  near.policies.set("relay", "role=admin");
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address });
  const to = `${addressOf(near)}/secure/api`;
  const client = await kafka.clientOf(await far.kafkaInlets.create({ from: "127.0.0.1:0", to }));
  // The fetch itself does not wait for it.
  expect(await client.fetch("orders")).toEqual([]);
  await expect
    .poll(() => far.kafkaInlets.show("kafka_inlet"))
    .toMatchObject({
      status: "Up",
      published: [],
      last_failure: expect.stringContaining("may not have a relay") as string,
    });
  near.policies.set("relay", "role=app");
  await expect
    .poll(() => far.kafkaInlets.show("kafka_inlet"), { timeout: 5000 })
    .toMatchObject({ published: ["consumer_orders_0"], last_failure: null });
});

test("relays that nobody wants any more are gone from the relay node, and others stay", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, far] = [await kafka.node(), await kafka.node()];
  const all = [near, far];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  for (const [name, topic] of [
    ["a", "orders"],
    ["b", "bills"],
  ] as const) {
    const client = await kafka.clientOf(await far.kafkaInlets.create(inletTo(near, all, { name })));
    await client.fetch(topic);
    await expect.poll(() => far.kafkaInlets.show(name).published).toEqual([`consumer_${topic}_0`]);
  }
  const relays = (): readonly string[] =>
    near.router.addresses().flatMap(({ name }) => (name.includes("consumer_") ? [name] : []));
  expect(relays().toSorted()).toEqual(["forward_to_consumer_bills_0", "forward_to_consumer_orders_0"]);
  await far.kafkaInlets.delete("a");
  await expect.poll(relays, { timeout: 5000 }).toEqual(["forward_to_consumer_bills_0"]);
  await expect.poll(() => far.kafkaInlets.show("b").published).toEqual(["consumer_bills_0"]);
  await far.kafkaInlets.delete("b");
  await expect.poll(relays).toEqual([]);
});
