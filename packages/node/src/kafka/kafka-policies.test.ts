import { Identifier } from "@ockam/identity";
import { describe, expect, test } from "vitest";

import { Issuer } from "../../testing/issuer.ts";
import { allowing, inletTo, KafkaNodes } from "../../testing/kafka-nodes.ts";
import { memberOf } from "../../testing/member.ts";
import { addressOf, codeOf } from "../../testing/nodes.ts";
import type { KafkaInletCreateParams } from "../control/control-api.ts";
import type { OckamNode } from "../ockam-node.ts";

const CANARY = "the 32-byte canary of this test!";
const ALLOWED = 0;
const TOPIC_AUTHORIZATION_FAILED = 29;

/** The nodes of members with these roles, and a node of theirs with the outlet. */
async function members<Role extends string>(
  kafka: KafkaNodes,
  ...roles: readonly Role[]
): Promise<Record<Role | "near", OckamNode>> {
  const issuer = await Issuer.create();
  const nodes: Record<string, OckamNode> = {};
  for (const role of ["near", ...roles])
    nodes[role] = await kafka.node(await memberOf(issuer, { role, "ockam-relay": "*" }));
  await nodes["near"]!.kafkaOutlets.create({ bootstrapServer: kafka.broker.address });
  return nodes;
}

function inlet(near: OckamNode, params: KafkaInletCreateParams = {}): KafkaInletCreateParams {
  const to = `${addressOf(near)}/secure/api`;
  return { from: "127.0.0.1:0", to, keyAgreement: "rust", ...params };
}

describe("with an authority", () => {
  test("a consumer whom the producer's policy refuses gets no key, and the producer is told", async () => {
    await using kafka = await KafkaNodes.create();
    const { consumer, near, producer } = await members(kafka, "producer", "consumer");
    const reader = await kafka.clientOf(await consumer.kafkaInlets.create(inlet(near)));
    await reader.fetch("orders");
    const created = await producer.kafkaInlets.create(inlet(near, { allowConsumer: "role=auditor" }));
    const writer = await kafka.clientOf(created);
    expect(await kafka.produce(writer, "orders", CANARY)).toBe(TOPIC_AUTHORIZATION_FAILED);
    producer.policies.set("kafka-consumer-kafka_inlet", "role=consumer");
    await expect.poll(() => kafka.produce(writer, "orders", CANARY), { timeout: 10_000 }).toBe(ALLOWED);
    expect(await reader.fetch("orders")).toEqual([CANARY]);
  });

  test("a producer whom the consumer's policy refuses is not believed", async () => {
    await using kafka = await KafkaNodes.create();
    const { consumer, near, producer } = await members(kafka, "producer", "consumer");
    const allowProducer = "role=sensor";
    const reader = await kafka.clientOf(await consumer.kafkaInlets.create(inlet(near, { allowProducer })));
    await reader.fetch("orders");
    const writer = await kafka.clientOf(await producer.kafkaInlets.create(inlet(near)));
    expect(await kafka.produce(writer, "orders", CANARY)).toBe(ALLOWED);
    expect(await reader.fetch("orders")).toEqual([]);
  });

  test("each inlet of a node asks its own policy, of what was attested when the key was agreed on", async () => {
    await using kafka = await KafkaNodes.create();
    const { consumer, near, producer } = await members(kafka, "producer", "consumer");
    const [open, closed] = [
      await consumer.kafkaInlets.create(inlet(near, { name: "open", allowProducer: "role=producer" })),
      await consumer.kafkaInlets.create(inlet(near, { name: "closed", allowProducer: "role=sensor" })),
    ];
    const readers = [await kafka.clientOf(open), await kafka.clientOf(closed)] as const;
    await readers[0].fetch("orders");
    const writer = await kafka.clientOf(await producer.kafkaInlets.create(inlet(near)));
    expect(await kafka.produce(writer, "orders", CANARY)).toBe(ALLOWED);
    await expect.poll(() => readers[0].fetch("orders")).toEqual([CANARY]);
    expect(await readers[1].fetch("orders")).toEqual([]);
    expect(consumer.kafkaInlets.show("open")).toMatchObject({
      undelivered_records: 0,
      undelivered_reason: null,
    });
    expect(consumer.kafkaInlets.show("closed")).toMatchObject({
      undelivered_records: 1,
      undelivered_reason: expect.stringContaining("OCKAM_KAFKA_NOT_AUTHORIZED") as string,
    });
    // Nothing is attested of the producer any more: what it produced while that was so stays readable.
    await consumer.trust.attributes.delete(Identifier.parse(producer.identifier));
    expect(await readers[0].fetch("orders")).toEqual([CANARY]);
    // A policy that is changed counts at once.
    consumer.policies.set("kafka-producer-open", "role=sensor");
    expect(await readers[0].fetch("orders")).toEqual([]);
    consumer.policies.set("kafka-producer-closed", "role=producer");
    expect(await readers[1].fetch("orders")).toEqual([CANARY]);
  });

  test("the outlet's policy decides who gets to the broker, also of open connections", async () => {
    await using kafka = await KafkaNodes.create();
    const { client: far, near } = await members(kafka, "client");
    const created = await far.kafkaInlets.create(inlet(near));
    const client = await kafka.clientOf(created);
    await expect.poll(() => near.kafkaOutlets.show("kafka_outlet").connections).toBe(2);
    near.policies.set("kafka_outlet", "role=admin");
    expect(await client.ended).toBe("ECONNRESET");
    const refused = await kafka.client(created.from);
    expect(await refused.ended).toBe("ECONNRESET");
    await expect.poll(() => far.kafkaInlets.show("kafka_inlet").last_failure).toContain("does not allow");
  });

  test("the inlet's policy decides who may have the outlet", async () => {
    await using kafka = await KafkaNodes.create();
    const { client: far, near } = await members(kafka, "client");
    const created = await far.kafkaInlets.create(inlet(near, { allow: "role=broker" }));
    const ended = kafka.client(created.from).then((client) => client.ended);
    expect(await ended.catch((error: { readonly code: string }) => error.code)).toBe("ECONNRESET");
    expect(kafka.broker.requests).toEqual([]);
  });
});

describe("without an authority", () => {
  test("nothing is open: who creates is told which policies to give", async () => {
    await using kafka = await KafkaNodes.create();
    const [near, far] = [await kafka.node(), await kafka.node()];
    const allow = allowing(near, far);
    const outlet = { bootstrapServer: kafka.broker.address };
    const { allow: _, allowProducer: __, ...some } = inletTo(near, [near, far]);
    expect(await near.kafkaOutlets.create(outlet)).toMatchObject({
      warning: expect.stringContaining("give --allow with") as string,
    });
    const created = await far.kafkaInlets.create(some);
    expect(created.warning).toContain("give --allow, --allow-producer with");
    const refused = async (): Promise<unknown> => {
      const ended = kafka.client(created.from).then((client) => client.ended);
      return ended.catch((error: { readonly code: string }) => error.code);
    };
    expect(await refused()).toBe("ECONNRESET");
    far.policies.set("tcp-inlet", allow);
    expect(await refused()).toBe("ECONNRESET");
    expect(kafka.broker.requests).toEqual([]);
    // Those of the types are as good as those of names.
    near.policies.set("tcp-outlet", allow);
    expect(await (await kafka.client(created.from)).metadata()).toHaveLength(1);
    far.policies.set("kafka-producer", allow);
    const other = await far.kafkaInlets.create({ ...some, name: "other", allow });
    expect(other.warning).toBeNull();
  });

  test("attributes that nobody attests are refused as a policy", async () => {
    await using kafka = await KafkaNodes.create();
    const node = await kafka.node();
    const create = (): unknown => node.kafkaOutlets.create({ allow: "role=app" });
    expect(await codeOf(create)).toBe("OCKAM_NODE_INVALID_POLICY");
  });

  test("of two outlets of one name that are made at once one is there, with its own policy", async () => {
    await using kafka = await KafkaNodes.create();
    const [node, far] = [await kafka.node(), await kafka.node()];
    const create = (prefix: string, allow: string): Promise<unknown> =>
      node.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, prefix, allow });
    const [first, second] = await Promise.allSettled([
      create("a", allowing(far)),
      create("b", allowing(node)),
    ]);
    expect([first.status, second.status]).toEqual(["fulfilled", "rejected"]);
    expect(node.kafkaOutlets.list().map(({ prefix }) => prefix)).toEqual(["a"]);
    expect(node.policies.show("kafka_outlet").expression).toContain(far.identifier);
    expect(await codeOf(() => create("c", allowing(node)))).toBe("OCKAM_NODE_KAFKA_OUTLET_EXISTS");
    expect(node.policies.show("kafka_outlet").expression).toContain(far.identifier);
  });

  test("a policy that is taken away leaves nothing open", async () => {
    await using kafka = await KafkaNodes.create();
    const [near, far] = [await kafka.node(), await kafka.node()];
    await near.kafkaOutlets.create({ bootstrapServer: kafka.broker.address, allow: allowing(far) });
    const created = await far.kafkaInlets.create(inletTo(near, [near, far]));
    const client = await kafka.client(created.from);
    await client.metadata();
    near.policies.delete("kafka_outlet");
    expect(await client.ended).toBe("ECONNRESET");
    const refused = await kafka.client(created.from);
    expect(await refused.ended).toBe("ECONNRESET");
  });
});

describe("a create that cannot work says so", () => {
  const identity = "nobody";
  test.each<[string, KafkaInletCreateParams]>([
    ["INVALID_ROUTE", { to: "/service/api" }],
    ["INVALID_ROUTE", { to: "/ip4/127.0.0.1/tcp/1" }],
    ["INVALID_ROUTE", { to: "nonsense" }],
    ["INVALID_ROUTE", { consumerRelay: "nonsense" }],
    ["INVALID_ROUTE", { publishingRelay: "nonsense" }],
    ["UNKNOWN_NODE", { consumer: "/node/x/secure/api" }],
    ["PROJECT_NOT_FOUND", { to: "/project/x" }],
    ["INVALID_PARAMETERS", { consumer: "self", consumerRelay: "self" }],
    ["INVALID_KAFKA_FIELD", { encryptedFields: ["$.a["] }],
    ["INVALID_ADDRESS", { from: "localhost" }],
    ["INVALID_ADDRESS", { from: "127.0.0.1:65535" }],
    ["INVALID_ADDRESS", { from: "127.0.0.1:1000", brokersPortRange: [999, 1001] }],
    ["INVALID_ADDRESS", { brokersPortRange: [5000, 4999] }],
    ["INVALID_ADDRESS", { brokersPortRange: [0, 1] }],
    ["INVALID_NAME", { name: "a b" }],
    ["INVALID_NAME", { outletPrefix: "a#b" }],
    ["IDENTITY_NOT_FOUND", { identity }],
    ["INVALID_TLS", { tls: { certificate: "none", key: "none" } }],
  ])("%s for %j, and leaves nothing behind", async (code, params) => {
    await using kafka = await KafkaNodes.create();
    const node = await kafka.node();
    const before = node.policies.list();
    const given = { ...inletTo(node, [node]), ...params };
    expect(await codeOf(() => node.kafkaInlets.create(given))).toBe(`OCKAM_NODE_${code}`);
    expect(node.kafkaInlets.list()).toEqual([]);
    expect(node.policies.list()).toEqual(before);
  });

  test("names and ports are taken once", async () => {
    await using kafka = await KafkaNodes.create();
    const node = await kafka.node();
    const params = inletTo(node, [node], { to: "self", name: "a" });
    const { from } = await node.kafkaInlets.create(params);
    expect(await codeOf(() => node.kafkaInlets.create(params))).toBe("OCKAM_NODE_KAFKA_INLET_EXISTS");
    const other = { ...params, name: "b", from };
    expect(await codeOf(() => node.kafkaInlets.create(other))).toBe("OCKAM_NODE_PORT_IN_USE");
    const outlet = { allow: allowing(node), bootstrapServer: "nonsense" };
    expect(await codeOf(() => node.kafkaOutlets.create(outlet))).toBe("OCKAM_NODE_INVALID_ADDRESS");
    const authorities = { allow: allowing(node), tlsAuthorities: "none" };
    expect(await codeOf(() => node.kafkaOutlets.create(authorities))).toBe("OCKAM_NODE_INVALID_TLS");
    expect(node.kafkaOutlets.list()).toEqual([]);
  });
});
