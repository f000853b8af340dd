import { randomBytes } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { JavaClient } from "./java-client.ts";
import { KafkaBroker } from "./kafka-broker.ts";
import type { Codec, ReadRecord, SentRecord } from "./kafka-client.ts";
import { KafkaProject } from "./kafka-project.ts";
import type { KafkaInletEnd, MemberNode } from "./kafka-project.ts";

const CANARY_LENGTH = 32;
const AGREEMENTS = ["topic-keys", "rust"] as const;
const FIELDS = ["card", "$.customer.phone", "$.items[*].price"];
const CODECS: readonly Codec[] = ["none", "gzip", "zstd"];

let broker: KafkaBroker;
let java: JavaClient;
let project: KafkaProject;
let outlet: MemberNode;
let nodes: readonly [MemberNode, MemberNode];

beforeAll(async () => {
  broker = await KafkaBroker.start();
  java = JavaClient.start();
  project = await KafkaProject.start();
  outlet = await project.member("typescript");
  await project.createOutlet(outlet, broker.port);
  nodes = [await project.member("typescript"), await project.member("typescript")];
});

afterAll(async () => {
  await java?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

test.each(AGREEMENTS)("whole values, %s: nothing of them at the broker", async (agreement) => {
  const [producer, consumer] = await inlets(["--key-agreement", agreement]);
  for (const codec of CODECS) {
    const canaries = Array.from({ length: 20 }, () => randomBytes(CANARY_LENGTH));
    const topic = await send(
      producer,
      consumer,
      canaries.map((value) => ({ value })),
      { agreement, codec },
    );
    expect(await found(topic, canaries)).toEqual([]);
  }
});

test.each(AGREEMENTS)(
  "chosen fields, %s: nothing of them at the broker, and the others as they are",
  async (agreement) => {
    const [producer, consumer] = await inlets([
      "--key-agreement",
      agreement,
      ...FIELDS.flatMap((field) => ["--encrypted-field", field]),
    ]);
    const hidden = Array.from({ length: 20 }, () => text());
    const open = Array.from({ length: 20 }, () => text());
    const values = hidden.map((canary, i) =>
      JSON.stringify({
        id: i,
        card: canary,
        customer: { phone: canary },
        items: [{ price: canary }],
        note: open[i],
      }),
    );
    const topic = await send(
      producer,
      consumer,
      values.map((value) => ({ value: Buffer.from(value) })),
      { agreement },
    );
    expect(
      await found(
        topic,
        hidden.map((canary) => Buffer.from(canary)),
      ),
    ).toEqual([]);
    expect(
      await found(
        topic,
        open.map((canary) => Buffer.from(canary)),
      ),
    ).toHaveLength(open.length);
  },
);

test("without encryption they are found", async () => {
  const [producer, consumer] = await inlets(["--disable-content-encryption"]);
  const canaries = Array.from({ length: 20 }, () => randomBytes(CANARY_LENGTH));
  const topic = await send(
    producer,
    consumer,
    canaries.map((value) => ({ value })),
  );
  expect(await found(topic, canaries)).toHaveLength(canaries.length);
});

/** An inlet each for producers and consumers. */
async function inlets(options: readonly string[]): Promise<readonly [KafkaInletEnd, KafkaInletEnd]> {
  const [producers, consumers] = nodes;
  return [
    await project.createInlet(producers, { outlet, way: "relay", options }),
    await project.createInlet(consumers, { outlet, way: "relay", options }),
  ];
}

/** Produces to a new topic that somebody consumes, and who gets what was sent: members of objects stay in their order. */
async function send(
  producer: KafkaInletEnd,
  consumer: KafkaInletEnd,
  records: readonly SentRecord[],
  { agreement, codec = "none" }: { readonly agreement?: string; readonly codec?: Codec } = {},
): Promise<string> {
  const topic = `topic-${randomBytes(4).toString("hex")}`;
  await broker.createTopic(topic);
  const reading = java.read(consumer.address, topic, { count: records.length });
  // In Rust's way a producer that is earlier than the consumer tries again after some seconds.
  if (agreement === "rust") await project.untilConsumed(topic, 1);
  await java.produce(producer.address, topic, records, { codec });
  expect((await reading).map(({ value }) => value)).toEqual(records.map(({ value }) => value));
  return topic;
}

/** Those that are in the files of the broker, or in what a consumer without a portal gets: in bytes, hexadecimal or base64. */
async function found(topic: string, canaries: readonly Buffer[]): Promise<readonly Buffer[]> {
  const direct = await java.read(broker.address, topic, { count: canaries.length });
  expect(direct).toHaveLength(canaries.length);
  const contents = [...broker.segments(topic), ...direct.flatMap(contentsOf)];
  expect(contents.length).toBeGreaterThan(canaries.length);
  return canaries.filter((canary) =>
    (["latin1", "hex", "base64"] as const)
      .map((encoding) => canary.toString(encoding).replace(/=+$/, ""))
      .some((form) => contents.some((content) => content.includes(form, 0, "latin1"))),
  );
}

function contentsOf({ headers, key, value }: ReadRecord): readonly Buffer[] {
  return [key, value, ...headers.map(([, content]) => content)].filter((content) => content !== null);
}

function text(): string {
  return randomBytes(CANARY_LENGTH / 2).toString("hex");
}
