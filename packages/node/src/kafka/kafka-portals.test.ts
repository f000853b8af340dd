import { once } from "node:events";
import { connect } from "node:tls";

import { expect, test } from "vitest";

import { Issuer } from "../../testing/issuer.ts";
import { TEST_AUTHORITY, TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../../testing/kafka-clients.ts";
import { allowing, inletTo, KafkaNodes } from "../../testing/kafka-nodes.ts";
import { memberOf } from "../../testing/member.ts";
import { addressOf, codeOf } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import type { KafkaInletCreateParams } from "../control/control-api.ts";
import { openState } from "../state/sqlite-state.ts";

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
  expect(await kafka.read(reader, "orders")).toEqual([CANARY]);
});

test("through a relay: outlet and consumers have theirs at a node that everybody reaches", async () => {
  await using kafka = await KafkaNodes.create();
  const issuer = await Issuer.create();
  const member = { "ockam-relay": "*" };
  const hub = await kafka.node(await memberOf(issuer, member));
  const [near, producer, consumer] = [
    await kafka.node({ ...(await memberOf(issuer, member)), tcpListenerAddress: "off" }),
    await kafka.node({ ...(await memberOf(issuer, member)), tcpListenerAddress: "off" }),
    await kafka.node({ ...(await memberOf(issuer, member)), tcpListenerAddress: "off" }),
  ];
  const at = `${addressOf(hub)}/secure/api`;
  await near.relays.create({ at, name: "kafka" });
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address });
  const params = {
    from: "127.0.0.1:0",
    to: `${at}/service/forward_to_kafka/secure/api`,
    consumerRelay: at,
  };
  const reader = await kafka.clientOf(await consumer.kafkaInlets.create(params));
  expect(await reader.fetch("orders")).toEqual([]);
  const writer = await kafka.clientOf(await producer.kafkaInlets.create(params));
  expect(await kafka.produce(writer, "orders", CANARY)).toBe(0);
  expect(await kafka.read(reader, "orders")).toEqual([CANARY]);
  expect(near.show().kafka_outlets).toMatchObject([
    { name: "kafka_outlet", address: "/service/kafka_interceptor", brokers: { 1: kafka.broker.address } },
  ]);
});

test("one node consumes all, and no relay is needed", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, producer, consumer] = [await kafka.node(), await kafka.node(), await kafka.node()];
  const all = [near, producer, consumer];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const there = await consumer.kafkaInlets.create(inletTo(near, all, { publishingRelay: false }));
  const to = `${addressOf(consumer)}/secure/api`;
  const here = await producer.kafkaInlets.create(inletTo(near, all, { consumer: to }));
  const writer = await kafka.clientOf(here);
  for (const topic of ["orders", "bills"]) expect(await kafka.produce(writer, topic, CANARY)).toBe(0);
  const reader = await kafka.clientOf(there);
  for (const topic of ["orders", "bills"]) expect(await kafka.read(reader, topic)).toEqual([CANARY]);
  expect(consumer.kafkaInlets.show("kafka_inlet").published).toEqual([]);
});

test("a node of its own has outlet, inlet and consumer", async () => {
  await using kafka = await KafkaNodes.create();
  const node = await kafka.node();
  const all = [node];
  await node.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(node) });
  const inlet = await node.kafkaInlets.create(inletTo(node, all, { to: "self", consumer: "self" }));
  expect(inlet).toMatchObject({ status: "Up", to: "/secure/api" });
  const client = await kafka.clientOf(inlet);
  expect(await kafka.produce(client, "orders", CANARY)).toBe(0);
  expect(await kafka.read(client, "orders")).toEqual([CANARY]);
});

test("clients that know a broker's port alone go on after a restart of each node", async () => {
  using home = temporaryHome();
  using state = openState({ home: home.path });
  await using kafka = await KafkaNodes.create();
  const start = (name: string): ReturnType<typeof kafka.node> => kafka.node({ state, name });
  let [near, far] = [await start("near"), await start("far")];
  const all = [near, far];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const params = inletTo(near, all, { to: "/node/near/secure/api", name: "i" });
  const inlet = await far.kafkaInlets.create(params);
  const first = await kafka.clientOf(inlet);
  expect(await first.fetch("orders")).toEqual([]);
  const port = far.kafkaInlets.show("i").brokers["1"]!;
  expect(await kafka.produce(first, "orders", CANARY)).toBe(0);
  for (const restart of ["far", "near", "both"]) {
    if (restart !== "near") await far.close();
    if (restart !== "far") await near.close();
    if (restart !== "far") near = await start("near");
    if (restart !== "near") far = await start("far");
    await expect.poll(() => far.kafkaInlets.show("i").status, { timeout: 5000 }).toBe("Up");
    expect(far.kafkaInlets.show("i")).toMatchObject({ from: inlet.from, brokers: { 1: port } });
    const client = await kafka.client(port);
    expect(await kafka.read(client, "orders"), restart).toContain(CANARY);
    await expect.poll(() => far.kafkaInlets.show("i").published).toEqual(["consumer_orders_0"]);
    expect(await kafka.produce(client, "orders", restart), restart).toBe(0);
    await expect.poll(() => client.fetch("orders")).toContain(restart);
  }
  await near.close();
  await far.close();
});

test("two inlets of a node that read the same partition share its relay", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, far] = [await kafka.node(), await kafka.node()];
  const all = [near, far];
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const [a, b] = [
    await far.kafkaInlets.create(inletTo(near, all, { name: "a" })),
    await far.kafkaInlets.create(inletTo(near, all, { name: "b" })),
  ];
  const readers = [await kafka.clientOf(a), await kafka.clientOf(b)];
  for (const reader of readers) expect(await reader.fetch("orders")).toEqual([]);
  for (const name of ["a", "b"])
    await expect.poll(() => far.kafkaInlets.show(name).published).toEqual(["consumer_orders_0"]);
  expect(await kafka.produce(readers[0]!, "orders", CANARY)).toBe(0);
  for (const reader of readers) expect(await kafka.read(reader, "orders")).toEqual([CANARY]);
  await far.kafkaInlets.delete("a");
  expect(far.kafkaInlets.show("b").published).toEqual(["consumer_orders_0"]);
});

test("without encryption records pass as they are, and nobody is published", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, far] = [await kafka.node(), await kafka.node()];
  const allow = allowing(near, far);
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow });
  const to = `${addressOf(near)}/secure/api`;
  const inlet = await far.kafkaInlets.create({ from: "127.0.0.1:0", to, allow, contentEncryption: false });
  const client = await kafka.clientOf(inlet);
  expect(await client.produce("orders", CANARY)).toBe(0);
  expect(await kafka.read(client, "orders")).toEqual([CANARY]);
  expect(far.kafkaInlets.show("kafka_inlet")).toMatchObject({ published: [], content_encryption: false });
  expect(far.policies.list().map(({ resource }) => resource)).not.toContain("kafka-consumer-kafka_inlet");
});

test("what is deleted is gone: ports, relays, policies", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, far] = [await kafka.node(), await kafka.node()];
  const all = [near, far];
  const policiesBefore = far.policies.list();
  await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(...all) });
  const inlet = await far.kafkaInlets.create(inletTo(near, all));
  const client = await kafka.clientOf(inlet);
  await client.fetch("orders");
  await expect.poll(() => far.kafkaInlets.show("kafka_inlet").published).toHaveLength(1);
  const { brokers } = await far.kafkaInlets.delete("kafka_inlet");
  for (const address of [inlet.from, brokers["1"]!])
    expect(await codeOf(() => kafka.client(address).catch(({ code }: { code: string }) => code))).toBe(
      "ECONNREFUSED",
    );
  expect(far.policies.list()).toEqual(policiesBefore);
  expect(far.resources()).toEqual([]);
  await expect.poll(() => far.tcpConnections.list()).toEqual([]);
  expect(await codeOf(() => far.kafkaInlets.delete("kafka_inlet"))).toBe("OCKAM_NODE_KAFKA_INLET_NOT_FOUND");
  await near.kafkaOutlets.delete("kafka_outlet");
  expect(near.kafkaOutlets.list()).toEqual([]);
  expect(near.router.addresses().filter(({ name }) => name.startsWith("kafka"))).toEqual([]);
  expect(await codeOf(() => near.kafkaOutlets.delete("kafka_outlet"))).toBe(
    "OCKAM_NODE_KAFKA_OUTLET_NOT_FOUND",
  );
});

test("several outlets of a node have prefixes of their own", async () => {
  await using kafka = await KafkaNodes.create();
  const [near, far] = [await kafka.node(), await kafka.node()];
  const all = [near, far];
  const outlet = { bootstrapServer: kafka.broker.address, allow: allowing(...all) };
  await near.kafkaOutlets.create(outlet);
  const same = { ...outlet, name: "second" };
  await expect(near.kafkaOutlets.create(same)).rejects.toMatchObject({
    code: "OCKAM_NODE_ADDRESS_IN_USE",
    message: expect.stringContaining("prefix") as string,
  });
  expect(await codeOf(() => near.kafkaOutlets.create(outlet))).toBe("OCKAM_NODE_KAFKA_OUTLET_EXISTS");
  await near.kafkaOutlets.create({ ...same, prefix: "eu" });
  const inlet = await far.kafkaInlets.create(inletTo(near, all, { outletPrefix: "eu" }));
  await (await kafka.client(inlet.from)).metadata();
  const brokers = { 1: kafka.broker.address };
  expect(near.kafkaOutlets.show("second")).toMatchObject({ brokers, address: "/service/eu_interceptor" });
  expect(near.kafkaOutlets.show("kafka_outlet")).toMatchObject({ brokers: {} });
});

test("what others can reach of a node with Kafka portals", async () => {
  await using kafka = await KafkaNodes.create();
  const node = await kafka.node();
  const reach = (flow: string): readonly string[] =>
    node.router.flowControls
      .consumersOf(flow)
      .flatMap(({ name }) => (/kafka|key/.test(name) ? [name] : []))
      .toSorted();
  const flows = (): readonly (readonly string[])[] => [
    reach(node.tcpListeners.list()[0]!.flow_control_id),
    reach(node.secureChannelListeners.list()[0]!.flow_control_id),
  ];
  await node.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(node) });
  expect(flows()).toEqual([[], ["kafka_bootstrap", "kafka_interceptor"]]);
  const params = inletTo(node, [node], { to: "self", consumer: "self", publishingRelay: false });
  await (await kafka.client((await node.kafkaInlets.create(params)).from)).metadata();
  const keys = ["kafka_keys", "key_exchanger"];
  const outlets = ["kafka_bootstrap", "kafka_interceptor", "kafka_outlet_1"];
  expect(flows()).toEqual([keys, [...outlets, ...keys].toSorted()]);
  await node.kafkaOutlets.delete("kafka_outlet");
  expect(flows()).toEqual([keys, keys]);
});

test("clients may speak TLS, also after a restart; the key is told to nobody", async () => {
  using home = temporaryHome();
  using state = openState({ home: home.path });
  await using kafka = await KafkaNodes.create();
  let node = await kafka.node({ state, name: "n" });
  const tls = { certificate: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY };
  const params = inletTo(node, [node], { to: "self", advertisedHost: "kafka.example", tls });
  await node.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(node) });
  const { from } = await node.call("kafka-inlet.create", params);
  for (let times = 0; times < 2; times++) {
    const socket = connect({
      port: Number(from.split(":")[1]),
      host: "127.0.0.1",
      servername: "kafka.example",
      ca: TEST_AUTHORITY,
    });
    await once(socket, "secureConnect");
    socket.destroy();
    const told = JSON.stringify(await node.call("resource.list", {}));
    expect(told).toContain("BEGIN CERTIFICATE");
    expect(told).not.toContain("PRIVATE KEY");
    await node.close();
    node = await kafka.node({ state, name: "n" });
    await expect.poll(() => node.kafkaInlets.show("kafka_inlet").status, { timeout: 5000 }).toBe("Up");
  }
});

test.each([
  { brokersPortRange: [1] },
  { brokersPortRange: [1, 65_536] },
  { publishingRelay: true },
  { plainRecords: "keep" },
  { unreadableRecords: "pass" },
  { tls: { certificate: "c" } },
  { tls: { certificate: "c", key: "k", more: "m" } },
  { keyAgreement: "none" },
  { keyRotation: 0.5 },
])("%j is no parameter of a Kafka inlet", async (params) => {
  await using kafka = await KafkaNodes.create();
  const node = await kafka.node();
  const given = { ...inletTo(node, [node]), ...params } as KafkaInletCreateParams;
  expect(await codeOf(() => node.call("kafka-inlet.create", given))).toBe("OCKAM_NODE_INVALID_PARAMETERS");
});

test("an inlet may come before its outlet's node, says why it is Down, and heals", async () => {
  await using kafka = await KafkaNodes.create();
  const far = await kafka.nodes.create();
  const to = "/ip4/127.0.0.1/tcp/7000/secure/api";
  const inlet = await far.kafkaInlets.create(inletTo(far, [far], { to }));
  expect(inlet.status).toBe("Down");
  expect(inlet.last_failure).toContain("127.0.0.1:7000");
  for (let times = 0; times < 2; times++) {
    await using near = await kafka.nodes.create({ tcpListenerAddress: "127.0.0.1:7000" });
    await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(far) });
    far.policies.set("kafka_inlet", allowing(near));
    await expect.poll(() => far.kafkaInlets.show("kafka_inlet").status, { timeout: 5000 }).toBe("Up");
    expect(await (await kafka.client(inlet.from)).metadata()).toHaveLength(1);
    await near.close();
    await expect.poll(() => far.kafkaInlets.show("kafka_inlet").status).toBe("Down");
    expect(far.kafkaInlets.show("kafka_inlet").last_failure).toContain("closed");
  }
});
