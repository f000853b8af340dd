// Inlets of several nodes with one broker, and what the broker can do. docs/protocol/kafka-keys.md
import { toHex } from "@ockam/codec";
import { connect, listen, Router } from "@ockam/core-routing";
import { decodeRecordSet, RecordBatch } from "@ockam/kafka-protocol";
import type { KafkaRecord } from "@ockam/kafka-protocol";
import { memorySecretStorage } from "@ockam/vault";
import { expect, test } from "vitest";

import { FakeBroker } from "../testing/fake-broker.ts";
import { KeyNetwork } from "../testing/key-network.ts";
import type { KeyNode } from "../testing/key-network.ts";
import { deliveredRecords, RawClient, recordOf } from "../testing/raw-client.ts";
import { memoryDecryptionKeyStorage } from "./decryption-key-storage.ts";
import { createKafkaInlet } from "./kafka-inlet.ts";
import type { KafkaInlet, KafkaInletOptions } from "./kafka-inlet.ts";
import { createKafkaOutlet } from "./kafka-outlet.ts";
import { agreeOnKey } from "./key-agreement.ts";
import { createKeyExchanger, KEY_EXCHANGER } from "./key-exchanger.ts";
import { negotiateKeyAgreement } from "./key-negotiation.ts";
import { NegotiatingCipher } from "./negotiating-cipher.ts";
import { openRecords } from "./open-records.ts";
import type { Partition } from "./partition.ts";
import { ReadingPatience } from "./reading-patience.ts";
import type { RecordCipher } from "./record-cipher.ts";
import { RustCipher } from "./rust-cipher.ts";
import { isRustEnvelope } from "./rust-envelope.ts";
import { sealRecords } from "./seal-records.ts";
import { isTopicKeyRecord } from "./topic-key-record.ts";
import { fieldProtection, WHOLE_VALUE } from "./value-protection.ts";
import type { ValueProtection } from "./value-protection.ts";

/** A broker behind an outlet, and nodes with an inlet each. */
class Scene implements AsyncDisposable {
  readonly network = new KeyNetwork();
  readonly broker: FakeBroker;
  readonly #near = new Router();
  readonly #inlets: KafkaInlet[] = [];
  readonly #clients: RawClient[] = [];

  private constructor(broker: FakeBroker) {
    this.broker = broker;
  }

  static async create(): Promise<Scene> {
    const scene = new Scene(await FakeBroker.start());
    const listener = await listen(scene.#near, scene.network.transport, "outlet");
    createKafkaOutlet(scene.#near, {
      bootstrapServer: scene.broker.address,
      dangerouslyAllowUnauthenticatedRemotePeers: true,
      onAddress: (address, isUp) => {
        if (isUp) scene.#near.flowControls.addConsumer(address, listener.flowControlId);
      },
    });
    return scene;
  }

  async inlet(
    node: KeyNode,
    cipher: RecordCipher = node.cipher(),
    options: Partial<KafkaInletOptions["encryption"]> = {},
  ): Promise<RawClient> {
    const { address } = await connect(node.router, this.network.transport, "outlet");
    const inlet = await createKafkaInlet(node.router, {
      from: 0,
      route: [address],
      encryption: { cipher, protection: WHOLE_VALUE, patience: new ReadingPatience(), ...options },
    });
    this.#inlets.push(inlet);
    const client = await RawClient.connect(inlet.address);
    this.#clients.push(client);
    return client;
  }

  /** The values that the broker has. */
  stored(topic: string): readonly Uint8Array[] {
    return (this.broker.stored.get(topic) ?? []).flatMap((bytes) =>
      decodeRecordSet(bytes)
        .batches.flatMap((batch) => batch.records())
        .map(({ value }) => value!),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client[Symbol.dispose]();
    await this.broker[Symbol.asyncDispose]();
    for (const inlet of this.#inlets) await inlet.close();
    await this.network[Symbol.asyncDispose]();
    await this.#near.close();
  }
}

/** Fetches as a client does: again until there is something. */
async function fetched(client: RawClient, topic: string): Promise<readonly (string | null)[]> {
  for (;;) {
    const values = await client.fetch(topic);
    if (values.length > 0) return values;
  }
}

test("a record that was produced before there was a consumer is read by each of several nodes", async () => {
  await using scene = await Scene.create();
  const producer = await scene.inlet(await scene.network.start("producer"));
  expect(await producer.produce("orders", "4111", null, "")).toBe(0);
  const [value] = scene.stored("orders");
  expect(isTopicKeyRecord(value!)).toBe(true);
  expect(new TextDecoder("latin1").decode(value)).not.toContain("4111");
  for (const name of ["group a", "group b", "mirror"]) {
    const consumer = await scene.inlet(await scene.network.start(name));
    expect(await fetched(consumer, "orders")).toEqual(["4111", null, ""]);
  }
});

test("two producers of a topic are read, and one goes on where another cannot be reached", async () => {
  await using scene = await Scene.create();
  const here = await scene.network.start("here");
  const away = await scene.network.start("away");
  expect(await (await scene.inlet(here)).produce("orders", "first")).toBe(0);
  expect(await (await scene.inlet(away)).produce("orders", "second")).toBe(0);
  expect(await (await scene.inlet(here)).produce("orders", "third")).toBe(0);
  const consumer = await scene.network.start("consumer");
  scene.network.unreachable.add("away");
  const client = await scene.inlet(consumer);
  // What lies before it is delivered, and then the partition waits.
  expect(await fetched(client, "orders")).toEqual(["first"]);
  scene.network.unreachable.delete("away");
  scene.network.now += 10_000;
  await expect.poll(() => client.fetch("orders"), { interval: 5 }).toEqual(["first", "second", "third"]);
});

test("a key that is refused stops the partition with an error that says so", async () => {
  await using scene = await Scene.create();
  const producer = await scene.network.start("producer", { mayConsume: () => false });
  await (await scene.inlet(producer)).produce("orders", "secret");
  const client = await scene.inlet(await scene.network.start("consumer"));
  const body = { topics: [{ topic: "orders", partitions: [{ partition: 0 }] }] };
  await expect
    .poll(
      async () => {
        const response = await client.ask<"Fetch">({ api: "Fetch", version: 12, body });
        return response.body.responses[0]!.partitions[0]!.errorCode;
      },
      { interval: 5 },
    )
    .toBe(29);
});

test("a forged record whose origin nobody can be reached at is passed over in the end", async () => {
  await using scene = await Scene.create();
  const producer = await scene.network.start("producer");
  await (await scene.inlet(producer)).produce("orders", "genuine");
  const forged = scene.stored("orders")[0]!.slice();
  forged.set([1, 2, 3, 4, 5, 6, 7, 8], 5);
  const { bytes } = RecordBatch.of([{ ...recordOf("", 0), value: forged }], { compression: "none" });
  scene.broker.stored.get("orders")!.unshift(bytes);
  let now = 0;
  const patience = new ReadingPatience(undefined, () => now, 1000);
  const consumer = await scene.network.start("consumer");
  const client = await scene.inlet(consumer, consumer.cipher(), { patience });
  expect(await client.fetch("orders")).toEqual([]);
  now = 1000;
  expect(await fetched(client, "orders")).toEqual(["genuine"]);
});

test("ours and Rust's consumers are each sealed for as they can read", async () => {
  await using scene = await Scene.create();
  const producer = await scene.network.start("producer");
  const [rust, ours] = [await scene.network.start("rust"), await scene.network.start("ours")];
  await rust.holder.close();
  const exchanger = createKeyExchanger(rust.router, {
    ...rust.channel,
    consumerOf: [rust.listener.flowControlId],
    secrets: memorySecretStorage(),
    storage: memoryDecryptionKeyStorage(),
    mayProduce: () => true,
  });
  const rustCipher = (find: (decryptor: string) => ReturnType<typeof exchanger.find>): RustCipher =>
    new RustCipher({
      hasOneConsumer: false,
      find,
      agree: (topic, partition) =>
        agreeOnKey(
          producer.router,
          { topic, partition },
          {
            ...producer.channel,
            routeOf: () => producer.wayTo("rust", KEY_EXCHANGER),
            mayConsume: () => true,
          },
        ),
    });
  const cipher = new NegotiatingCipher({
    topicKeys: producer.cipher(),
    rust: rustCipher(() => undefined),
    hasOneConsumer: false,
    negotiate: (topic, partition) =>
      negotiateKeyAgreement(
        producer.router,
        { topic, partition },
        {
          ...producer.channel,
          headStart: 200,
          routeOf: ({ topic: of }, service) =>
            of === "nobody's" ? [] : producer.wayTo(of === "for ours" ? "ours" : "rust", service),
        },
      ),
  });
  const client = await scene.inlet(producer, cipher);
  for (const topic of ["for rust", "for ours", "nobody's"]) {
    await expect.poll(() => client.produce(topic, topic), { interval: 5 }).toBe(0);
  }
  expect(isRustEnvelope(scene.stored("for rust").at(-1)!)).toBe(true);
  expect(isTopicKeyRecord(scene.stored("for ours").at(-1)!)).toBe(true);
  expect(isTopicKeyRecord(scene.stored("nobody's").at(-1)!)).toBe(true);
  const reader = await scene.inlet(
    rust,
    rustCipher((name) => exchanger.find(name)),
  );
  expect(await fetched(reader, "for rust")).toEqual(["for rust"]);
  // One that has both reads both.
  const both = new NegotiatingCipher({
    topicKeys: ours.cipher(),
    rust: rustCipher((name) => exchanger.find(name)),
    hasOneConsumer: false,
    negotiate: async () => "topic-keys",
  });
  const mixed = await scene.inlet(ours, both);
  for (const topic of ["for rust", "for ours", "nobody's"]) {
    expect((await fetched(mixed, topic)).at(-1)).toBe(topic);
  }
});

test("a batch that became longer than brokers take by being sealed arrives in several, and is one for the client", async () => {
  await using scene = await Scene.create();
  const limit = 1_048_588;
  let refused = 0;
  let asked = 0;
  scene.broker.reply = (request) => {
    if (request.api !== "Produce") return undefined;
    const [topic] = request.body.topicData;
    const [data] = topic!.partitionData;
    asked += 1;
    const errorCode = data!.records!.length > limit ? 10 : asked === refused ? 6 : 0;
    if (errorCode === 0) return undefined;
    const responses = [{ name: topic!.name, partitionResponses: [{ index: 0, errorCode }] }];
    const { correlationId, version } = request;
    return { api: "Produce", version, correlationId, body: { responses } };
  };
  const node = await scene.network.start("node");
  const client = await scene.inlet(node);
  const values = Array.from({ length: 990 }, (_, index) => String(index).padStart(1000, "x"));
  const { bytes: records } = RecordBatch.of(values.map(recordOf), { compression: "none" });
  expect(records.length).toBeLessThan(limit);
  const produce = async (): Promise<number> => {
    const topicData = [{ name: "orders", partitionData: [{ index: 0, records }] }];
    const body = { acks: -1, timeoutMs: 1000, topicData };
    const response = await client.ask<"Produce">({ api: "Produce", version: 9, body });
    return response.body.responses[0]!.partitionResponses[0]!.errorCode;
  };
  expect(await produce()).toBe(0);
  expect(asked).toBe(2);
  expect(await fetched(client, "orders")).toEqual(values);
  refused = asked + 2;
  expect(await produce()).toBe(6);
  // The connection goes on.
  expect(await client.produce("orders", "short")).toBe(0);
});

const ORDERS = { topic: "orders", partition: 0 };

async function sealed(
  cipher: RecordCipher,
  records: readonly KafkaRecord[],
  at: Partition = ORDERS,
  protection: ValueProtection = WHOLE_VALUE,
  compression: "none" | "gzip" = "none",
): Promise<readonly KafkaRecord[]> {
  const { bytes } = RecordBatch.of(records, { compression });
  const sealer = await cipher.sealer(at.topic, at.partition);
  return decodeRecordSet(sealRecords(bytes, at, protection, sealer)).batches.flatMap((batch) =>
    batch.records(),
  );
}

async function read(
  cipher: RecordCipher,
  records: readonly KafkaRecord[],
  at: Partition = ORDERS,
  protection: ValueProtection = WHOLE_VALUE,
): Promise<readonly string[]> {
  const { bytes } = RecordBatch.of(
    records.map((record, index) => ({ ...record, offset: BigInt(index) })),
    { compression: "none" },
  );
  const opened = await openRecords(bytes, at, {
    cipher,
    protection,
    plain: "drop",
    unreadable: "drop",
    onUnopened: () => "decide",
    maxLength: Infinity,
  });
  return deliveredRecords(opened.records).map(({ value }) => new TextDecoder().decode(value!));
}

function keyed(value: string, key: string | null, index = 0): KafkaRecord {
  return { ...recordOf(value, index), key: key === null ? null : new TextEncoder().encode(key) };
}

test("a value cannot be given to another record key, partition or topic", async () => {
  await using network = new KeyNetwork();
  const cipher = (await network.start("node")).cipher();
  const records = await sealed(cipher, [keyed("to pay: 1", "alice", 0), keyed("to pay: 9", "bob", 1)]);
  expect(await read(cipher, records)).toEqual(["to pay: 1", "to pay: 9"]);
  const [alice, bob] = records as [KafkaRecord, KafkaRecord];
  const swapped = [
    { ...alice, value: bob.value },
    { ...bob, value: alice.value },
  ];
  expect(await read(cipher, swapped)).toEqual([]);
  expect(await read(cipher, [{ ...alice, key: null }])).toEqual([]);
  expect(await read(cipher, records, { topic: "orders", partition: 1 })).toEqual([]);
  expect(await read(cipher, records, { topic: "payments", partition: 0 })).toEqual([]);
});

test("what remains to the broker within a partition and record key: to repeat, to reorder, to leave out", async () => {
  await using network = new KeyNetwork();
  const cipher = (await network.start("node")).cipher();
  const [first, second] = await sealed(cipher, [keyed("1", "alice", 0), keyed("2", "alice", 1)]);
  expect(await read(cipher, [second!, first!, first!])).toEqual(["2", "1", "1"]);
});

test("a sealed field cannot be put in the place of another one, in the same value or another", async () => {
  await using network = new KeyNetwork();
  const cipher = (await network.start("node")).cipher();
  const protection = fieldProtection(["pin", "$.items[*].price"]);
  const text = '{"pin":"1234","items":[{"price":1},{"price":2}]}';
  const [record] = await sealed(cipher, [keyed(text, "alice")], ORDERS, protection);
  expect(await read(cipher, [record!], ORDERS, protection)).toEqual([text]);
  const sealedText = new TextDecoder().decode(record!.value!);
  const [pin, first, second] = sealedText.match(/"(ff6f6b01[0-9a-f]+)"/g) as [string, string, string];
  for (const [from, to] of [
    [pin, first],
    [first, second],
    [second, pin],
  ] as const) {
    const moved = sealedText.replace(from, to);
    const value = new TextEncoder().encode(moved);
    expect(await read(cipher, [{ ...record!, value }], ORDERS, protection)).toEqual([]);
  }
  // Nor taken for a whole value.
  const value = Uint8Array.from(pin.slice(1, -1).match(/../g)!, (digits) => Number.parseInt(digits, 16));
  expect(await read(cipher, [{ ...record!, value }])).toEqual([]);
});

test("what the producer compresses is compressed before it is encrypted, and nothing else is", async () => {
  await using network = new KeyNetwork();
  const cipher = (await network.start("node")).cipher();
  const text = JSON.stringify(Array.from({ length: 40 }, () => ({ name: "value" })));
  const [packed] = await sealed(cipher, [keyed(text, null)], ORDERS, WHOLE_VALUE, "gzip");
  const [plain] = await sealed(cipher, [keyed(text, null)]);
  expect(packed!.value!.length).toBeLessThan(text.length / 2);
  expect(plain!.value).toHaveLength(text.length + 49);
  expect(await read(cipher, [packed!, plain!])).toEqual([text, text]);
});

test("no two records have the same nonce, whatever the partition", async () => {
  await using network = new KeyNetwork();
  const cipher = (await network.start("node")).cipher();
  const records = [
    ...(await sealed(cipher, [keyed("1", null, 0), keyed("2", null, 1)])),
    ...(await sealed(cipher, [keyed("3", null)], { topic: "orders", partition: 1 })),
  ];
  expect(new Set(records.map(({ value }) => toHex(value!.subarray(5, 33)))).size).toBe(3);
});
