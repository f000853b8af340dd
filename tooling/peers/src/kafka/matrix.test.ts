import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Implementation } from "../ockam-home.ts";
import { KAFKA_FOR_RUST } from "./install-kafka.ts";
import { JavaClient } from "./java-client.ts";
import { KafkaBroker } from "./kafka-broker.ts";
import { KafkaProject } from "./kafka-project.ts";
import type { KafkaInletEnd, MemberNode, Way } from "./kafka-project.ts";

const KINDS = ["typescript", "rust"] as const;
const WAYS = ["relay", "direct"] as const;
const PARTS = ["whole values", "fields"] as const;
const FIELDS = ["--encrypted-field", "card", "--encrypted-field", "customer"];
const RECORDS = 40;
const PARTITIONS = 2;

const CASES = KINDS.flatMap((outlet) =>
  KINDS.flatMap((consumer) => WAYS.flatMap((way) => PARTS.map((part) => ({ outlet, consumer, way, part })))),
);

let broker: KafkaBroker;
let java: JavaClient;
let project: KafkaProject;
const outlets = new Map<Implementation, MemberNode>();
const producers = new Map<Implementation, MemberNode>();
const consumers = new Map<Implementation, MemberNode>();

beforeAll(async () => {
  broker = await KafkaBroker.start({ version: KAFKA_FOR_RUST });
  // Rust does not answer the first question of newer ones.
  java = JavaClient.start(KAFKA_FOR_RUST);
  project = await KafkaProject.start();
  for (const kind of KINDS) {
    outlets.set(kind, await project.member(kind));
    await project.createOutlet(outlets.get(kind)!, broker.port);
    producers.set(kind, await project.member(kind));
    consumers.set(kind, await project.member(kind));
  }
});

afterAll(async () => {
  await java?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

describe.each(CASES)("$outlet outlet, $consumer consumer, $way, $part", (setting) => {
  test.each(KINDS)("a %s producer", async (producer) => {
    const [sending, receiving] = await inlets(setting.outlet, setting.way, producer, setting.consumer, [
      ...(setting.part === "fields" ? FIELDS : []),
    ]);
    const topic = [
      setting.outlet,
      setting.consumer,
      producer,
      setting.way,
      setting.part.replace(" ", "-"),
    ].join("_");
    await broker.createTopic(topic, { partitions: PARTITIONS });
    // Who reads for the first time becomes known to producers, and a Rust producer must not ask before.
    const reading = java.read(receiving.address, topic, { count: RECORDS, timeout: 60_000 });
    if (setting.way === "relay") await project.untilConsumed(topic, PARTITIONS);

    const values = Array.from({ length: RECORDS }, (_, i) => ({
      card: `4111 ${i}`,
      customer: { name: "Grace", phones: [i, null, "+1"] },
      note: `number ${i}, for everybody`,
    }));
    await java.produce(
      sending.address,
      topic,
      values.map((value, i) => ({
        partition: i % PARTITIONS,
        key: Buffer.from(`${i}`),
        value: Buffer.from(JSON.stringify(value)),
      })),
    );
    const read = await reading;
    expect(
      Object.fromEntries(read.map(({ key, value }) => [String(key), JSON.parse(String(value)) as unknown])),
    ).toEqual(Object.fromEntries(values.entries()));
    for (const segment of broker.segments(topic)) {
      expect(segment.includes("4111 ")).toBe(false);
      expect(segment.includes("for everybody")).toBe(setting.part === "fields");
    }
  });
});

/** An inlet each for a producer and a consumer. */
async function inlets(
  outletKind: Implementation,
  way: Way,
  producer: Implementation,
  consumer: Implementation,
  options: readonly string[],
): Promise<readonly [KafkaInletEnd, KafkaInletEnd]> {
  const outlet = outlets.get(outletKind)!;
  const consumes = consumers.get(consumer)!;
  return [
    await project.createInlet(producers.get(producer)!, { outlet, way, consumer: consumes, options }),
    await project.createInlet(consumes, { outlet, way, options }),
  ];
}
