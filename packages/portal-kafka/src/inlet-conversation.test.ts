import { encodeUtf8, OckamError, toHex } from "@ockam/codec";
import {
  decodeRecordSet,
  decodeRequest,
  decodeResponse,
  encodeRecordSet,
  encodeRequest,
  encodeResponse,
  peekCorrelationId,
  RecordBatch,
  ZERO_UUID,
} from "@ockam/kafka-protocol";
import type { ApiName, KafkaRecord, RequestDraft, ResponseDraft } from "@ockam/kafka-protocol";
import { EventEmitter, once } from "node:events";
import { expect, test, vi } from "vitest";

import { TestCipher } from "../testing/test-cipher.ts";
import { InletConversation } from "./inlet-conversation.ts";
import type { ContentEncryption, InletConversationOptions } from "./inlet-conversation.ts";
import { UNREADABLE_DELAY } from "./fetch-opening.ts";
import { kafkaPortalError } from "./kafka-portal-error.ts";
import { KEY_PATIENCE } from "./key-waits.ts";
import type { Partition } from "./partition.ts";
import { MAX_PENDING_REQUESTS } from "./pending-requests.ts";
import { ReadingPatience } from "./reading-patience.ts";
import { TopicNames } from "./topic-names.ts";
import { WHOLE_VALUE } from "./value-protection.ts";

const SECRET = "the 32-byte canary of this test!";

class Scene {
  readonly cipher = new TestCipher();
  readonly fetched: Partition[] = [];
  readonly toBroker: Uint8Array[] = [];
  readonly toClient: Uint8Array[] = [];
  readonly conversation: InletConversation;

  constructor(
    encryption: Partial<ContentEncryption> | null = {},
    options: Partial<InletConversationOptions> = {},
  ) {
    const full = {
      cipher: this.cipher,
      protection: WHOLE_VALUE,
      patience: new ReadingPatience(),
      ...encryption,
    };
    this.conversation = new InletConversation(
      {
        encryption: encryption === null ? undefined : full,
        topics: new TopicNames(),
        advertisedAddressOf: async ({ nodeId }) => ({ host: "inlet.example", port: 19_000 + nodeId }),
        onFetch: (partitions) => this.fetched.push(...partitions),
        ...options,
      },
      {
        toBroker: (message) => this.toBroker.push(message),
        toClient: (message) => this.toClient.push(message),
      },
    );
  }

  async ask<Api extends ApiName>(request: RequestDraft<Api>): Promise<void> {
    await this.conversation.fromClient(encodeRequest(request));
  }

  async answer<Api extends ApiName>(response: ResponseDraft<Api>): Promise<void> {
    await this.conversation.fromBroker(encodeResponse(response));
  }

  /** Produces a record, and returns what a broker would store. */
  async stored(records: readonly KafkaRecord[], topic = "orders"): Promise<Uint8Array> {
    await this.ask(produce(1, [[topic, records]]));
    const request = decodeRequest(this.toBroker.at(-1)!);
    return request.api === "Produce"
      ? request.body.topicData[0]!.partitionData[0]!.records!
      : new Uint8Array(0);
  }

  /** Fetches what a broker stores, and returns the values that the client gets. */
  async fetch(
    records: Uint8Array,
    topic = "orders",
    fetchOffset = 0n,
  ): Promise<{ values: (string | null)[]; errorCode: number }> {
    const topics = [{ topic, partitions: [{ partition: 0, fetchOffset }] }];
    await this.ask({ api: "Fetch", version: 12, correlationId: 2, body: { topics } });
    const partition = { partitionIndex: 0, highWatermark: 9n, records };
    const responses = [{ topic, partitions: [partition] }];
    await this.answer({ api: "Fetch", version: 12, correlationId: 2, body: { responses } });
    const response = decodeResponse("Fetch", 12, this.toClient.at(-1)!);
    const received = response.body.responses[0]!.partitions[0]!;
    const { batches } = decodeRecordSet(received.records ?? new Uint8Array(0));
    return {
      values: batches
        .filter((batch) => !("isControl" in batch && batch.isControl))
        .flatMap((batch) => batch.records())
        .map(({ value }) => (value === null ? null : new TextDecoder().decode(value))),
      errorCode: received.errorCode,
    };
  }
}

function record(value: string | null, offset = 0n, key = "k"): KafkaRecord {
  return {
    offset,
    timestamp: 1_700_000_000_000n,
    key: encodeUtf8(key),
    value: value === null ? null : encodeUtf8(value),
    headers: [
      { key: "h", value: null },
      { key: "h", value: encodeUtf8("2") },
    ],
    attributes: 0,
  };
}

function produce(
  correlationId: number,
  topics: readonly (readonly [string, readonly KafkaRecord[]])[],
  acks = -1,
): RequestDraft<"Produce"> {
  const topicData = topics.map(([name, records]) => ({
    name,
    partitionData: [{ index: 0, records: RecordBatch.of(records, { compression: "gzip" }).bytes }],
  }));
  return { api: "Produce", version: 9, correlationId, body: { acks, timeoutMs: 1000, topicData } };
}

test("what is produced is unreadable for the broker, and comes back to the consumer", async () => {
  const scene = new Scene();
  const stored = await scene.stored([record(SECRET), record(null, 1n), record("", 2n)]);
  const [batch] = decodeRecordSet(stored).batches;
  expect(batch!.records()[1]!.value).toBeNull();
  expect(
    toHex(
      encodeRecordSet({
        batches: [batch!.withRecords(batch!.records(), { compression: "none" })],
        tail: new Uint8Array(0),
      }),
    ),
  ).not.toContain(toHex(encodeUtf8(SECRET)));
  await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
  expect(await scene.fetch(stored)).toEqual({ values: [SECRET, null, ""], errorCode: 0 });
});

test("everything but the value stays: key, headers, time, offset, producer", async () => {
  const scene = new Scene();
  const original = [record("a", 0n), record("b", 1n)];
  const [batch] = decodeRecordSet(await scene.stored(original)).batches;
  expect(batch!.records().map((one) => ({ ...one, value: null }))).toEqual(
    original.map((one) => ({ ...one, value: null })),
  );
  expect(batch!.compression).toBe("gzip");
});

test("control batches, and a batch that the broker cut off, pass as they are", async () => {
  const scene = new Scene();
  const stored = await scene.stored([record("a")]);
  await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
  const marker = RecordBatch.of([record("commit", 1n)], { isControl: true, isTransactional: true });
  const bytes = encodeRecordSet({
    batches: [...decodeRecordSet(stored).batches, marker],
    tail: stored.subarray(0, 40),
  });
  expect(await scene.fetch(bytes)).toEqual({ values: ["a"], errorCode: 0 });
  const { batches, tail } = decodeRecordSet(
    decodeResponse("Fetch", 12, scene.toClient.at(-1)!).body.responses[0]!.partitions[0]!.records!,
  );
  expect(batches[1]!.bytes).toEqual(marker.bytes);
  expect(tail).toEqual(stored.subarray(0, 40));
});

test("a compacted batch keeps its last offset", async () => {
  const scene = new Scene({ unreadable: "drop" });
  const [batch] = decodeRecordSet(
    await scene.stored([record("a", 0n), record("b", 1n), record("c", 2n)]),
  ).batches;
  await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
  const compacted = batch!.withRecords(batch!.records().slice(0, 1));
  expect(await scene.fetch(compacted.bytes)).toEqual({ values: ["a"], errorCode: 0 });
  const response = decodeResponse("Fetch", 12, scene.toClient.at(-1)!);
  const received = decodeRecordSet(response.body.responses[0]!.partitions[0]!.records!).batches[0]!;
  expect(received.lastOffset).toBe(2n);
});

test.each([
  ["drop", ["a", "c"], 0],
  ["pass", ["a", "plain", "c"], 0],
  ["error", ["a"], 0],
] as const)("a record that nobody sealed: %s", async (plain, values, errorCode) => {
  const scene = new Scene({ plain });
  const [batch] = decodeRecordSet(
    await scene.stored([record("a", 0n), record("b", 1n), record("c", 2n)]),
  ).batches;
  await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
  const [first, , third] = batch!.records();
  const mixed = batch!.withRecords([first!, record("plain", 1n), third!]);
  expect(await scene.fetch(mixed.bytes)).toEqual({ values, errorCode });
});

test("a partition that stops at a record reports an error once that is the first", async () => {
  const scene = new Scene({ plain: "error" });
  expect(await scene.fetch(RecordBatch.of([record("plain")]).bytes)).toEqual({ values: [], errorCode: 2 });
});

test("what a broker moves to another partition or key, or alters, is not delivered", async () => {
  const scene = new Scene();
  const stored = await scene.stored([record("a", 0n, "one"), record("b", 1n, "two")]);
  await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
  const [batch] = decodeRecordSet(stored).batches;
  const [one, two] = batch!.records();
  const swapped = batch!.withRecords([
    { ...one!, value: two!.value },
    { ...two!, value: one!.value },
  ]);
  expect(await scene.fetch(swapped.bytes)).toEqual({ values: [], errorCode: 0 });
  expect(await scene.fetch(stored, "payments")).toEqual({ values: [], errorCode: 0 });
});

test("a record whose key may come later is waited for, and does not block for ever", async () => {
  vi.useFakeTimers();
  try {
    let now = 0;
    const scene = new Scene({ patience: new ReadingPatience(1000, () => now) });
    const stored = await scene.stored([record("a")]);
    await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
    scene.cipher.knowsKeys = false;
    const waiting = scene.fetch(stored);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await waiting).toEqual({ values: [], errorCode: 0 });
    const [held] = decodeRecordSet(
      decodeResponse("Fetch", 12, scene.toClient.at(-1)!).body.responses[0]!.partitions[0]!.records!,
    ).batches;
    expect(held).toBeUndefined();
    now = 1000;
    expect(await scene.fetch(stored)).toEqual({ values: [], errorCode: 0 });
    const [dropped] = decodeRecordSet(
      decodeResponse("Fetch", 12, scene.toClient.at(-1)!).body.responses[0]!.partitions[0]!.records!,
    ).batches;
    expect(dropped!.lastOffset).toBe(0n);
  } finally {
    vi.useRealTimers();
  }
});

test("a topic without a consumer does not delay another one", async () => {
  const scene = new Scene();
  scene.cipher.missing.set("nobody-0", kafkaPortalError("OCKAM_KAFKA_NO_CONSUMER", "none"));
  await scene.ask(
    produce(1, [
      ["orders", [record("a")]],
      ["nobody", [record("b")]],
    ]),
  );
  const sent = decodeRequest(scene.toBroker[0]!);
  expect(sent.api === "Produce" && sent.body.topicData.map(({ name }) => name)).toEqual(["orders"]);
  const responses = [{ name: "orders", partitionResponses: [{ index: 0, baseOffset: 5n }] }];
  await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: { responses } });
  const { body } = decodeResponse("Produce", 9, scene.toClient[0]!);
  expect(body.responses.map((topic) => [topic.name, topic.partitionResponses[0]!.errorCode])).toEqual([
    ["orders", 0],
    ["nobody", 19],
  ]);
});

test("an agreement that takes long is not waited for", async () => {
  const scene = new Scene({}, {});
  scene.cipher.missing.set("slow-0", new Promise(() => {}));
  vi.useFakeTimers();
  try {
    const asked = scene.ask(produce(1, [["slow", [record("a")]]]));
    await vi.advanceTimersByTimeAsync(2000);
    await asked;
  } finally {
    vi.useRealTimers();
  }
  expect(scene.toBroker).toEqual([]);
  const { body } = decodeResponse("Produce", 9, scene.toClient[0]!);
  expect(body.responses[0]!.partitionResponses[0]!.errorCode).toBe(19);
});

test("an own answer waits for its turn", async () => {
  const scene = new Scene();
  scene.cipher.missing.set("nobody-0", kafkaPortalError("OCKAM_KAFKA_NOT_AUTHORIZED", "no"));
  await scene.ask({ api: "Heartbeat", version: 4, correlationId: 7, body: { groupId: "g", memberId: "m" } });
  await scene.ask(produce(8, [["nobody", [record("b")]]]));
  expect(scene.toClient).toEqual([]);
  await scene.answer({ api: "Heartbeat", version: 4, correlationId: 7, body: {} });
  expect(scene.toClient).toHaveLength(2);
  expect(
    decodeResponse("Produce", 9, scene.toClient[1]!).body.responses[0]!.partitionResponses[0]!.errorCode,
  ).toBe(29);
});

test("unacknowledged records that cannot be sealed end the connection", async () => {
  const scene = new Scene();
  scene.cipher.missing.set("nobody-0", kafkaPortalError("OCKAM_KAFKA_NO_CONSUMER", "none"));
  await expect(scene.ask(produce(1, [["nobody", [record("b")]]], 0))).rejects.toMatchObject({
    code: "OCKAM_KAFKA_NO_CONSUMER",
  });
});

test("unacknowledged records have no response", async () => {
  const scene = new Scene();
  await scene.ask(produce(1, [["orders", [record("b")]]], 0));
  await scene.ask({ api: "Heartbeat", version: 4, correlationId: 2, body: { groupId: "g", memberId: "m" } });
  await scene.answer({ api: "Heartbeat", version: 4, correlationId: 2, body: {} });
  expect(scene.toClient).toHaveLength(1);
});

test("a batch that is damaged, and fields of what is no JSON, are told to the producer", async () => {
  const scene = new Scene();
  const batch = RecordBatch.of([record("a")]).bytes.slice();
  batch[batch.length - 1]! ^= 1;
  const topicData = [{ name: "orders", partitionData: [{ index: 0, records: batch }] }];
  await scene.ask({ api: "Produce", version: 9, correlationId: 1, body: { acks: 1, topicData } });
  const { body } = decodeResponse("Produce", 9, scene.toClient[0]!);
  expect(body.responses[0]!.partitionResponses[0]!.errorCode).toBe(2);
});

test("no address of a broker gets past the portal", async () => {
  const scene = new Scene();
  const broker = { nodeId: 4, host: "kafka-4.internal", port: 9092 };
  await scene.ask({ api: "Metadata", version: 12, correlationId: 1, body: { topics: null } });
  await scene.answer({ api: "Metadata", version: 12, correlationId: 1, body: { brokers: [broker] } });
  await scene.ask({ api: "FindCoordinator", version: 4, correlationId: 2, body: { coordinatorKeys: ["g"] } });
  const coordinators = [
    { key: "g", ...broker },
    { key: "h", nodeId: -1, host: "", port: -1 },
  ];
  await scene.answer({ api: "FindCoordinator", version: 4, correlationId: 2, body: { coordinators } });
  await scene.ask({ api: "Produce", version: 10, correlationId: 3, body: { acks: 1, topicData: [] } });
  await scene.answer({ api: "Produce", version: 10, correlationId: 3, body: { nodeEndpoints: [broker] } });
  await scene.ask({ api: "Fetch", version: 16, correlationId: 4, body: {} });
  await scene.answer({ api: "Fetch", version: 16, correlationId: 4, body: { nodeEndpoints: [broker] } });
  await scene.ask({ api: "DescribeCluster", version: 1, correlationId: 5, body: {} });
  const described = [{ brokerId: 4, host: broker.host, port: broker.port }];
  await scene.answer({ api: "DescribeCluster", version: 1, correlationId: 5, body: { brokers: described } });
  expect(scene.toClient).toHaveLength(5);
  for (const message of scene.toClient) {
    const text = new TextDecoder("latin1").decode(message);
    expect(text).toContain("inlet.example");
    expect(text).not.toContain("internal");
  }
});

/** A batch whose second record was altered. */
async function spoiled(scene: Scene): Promise<Uint8Array> {
  const sealed = await scene.stored([record("a", 0n), record("b", 1n), record("c", 2n)]);
  await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
  const [batch] = decodeRecordSet(sealed).batches;
  const records = batch!.records().map((one) => ({ ...one, value: one.value!.slice() }));
  records[1]!.value[20]! ^= 1;
  return batch!.withRecords(records).bytes;
}

test("a record within a batch is an error for who asks for it, and does not stop those behind it", async () => {
  const scene = new Scene({ unreadable: "error" });
  const stored = await spoiled(scene);
  expect(await scene.fetch(stored)).toEqual({ values: ["a"], errorCode: 0 });
  expect(await scene.fetch(stored, "orders", 1n)).toEqual({ values: [], errorCode: 2 });
  expect(await scene.fetch(stored, "orders", 2n)).toEqual({ values: ["c"], errorCode: 0 });
});

test("who asks again for a record within a batch whose key may come later waits", async () => {
  vi.useFakeTimers();
  try {
    const scene = new Scene();
    const [first, second] = [await scene.stored([record("a")]), await scene.stored([record("b")])];
    for (let i = 0; i < 2; i++)
      await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
    scene.cipher.knowsKeys = false;
    const [batch] = decodeRecordSet(first).batches;
    const [other] = decodeRecordSet(second).batches;
    const tombstone = record(null, 0n);
    const later = { ...other!.records()[0]!, offset: 1n };
    const mixed = RecordBatch.of([tombstone, later, { ...batch!.records()[0]!, offset: 2n }]).bytes;
    expect(await scene.fetch(mixed)).toEqual({ values: [null], errorCode: 0 });
    let isAnswered = false;
    const fetching = scene.fetch(mixed, "orders", 1n).finally(() => {
      isAnswered = true;
    });
    await vi.advanceTimersByTimeAsync(UNREADABLE_DELAY - 1);
    expect(isAnswered).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await fetching).toEqual({ values: [], errorCode: 0 });
  } finally {
    vi.useRealTimers();
  }
});

test("records that are not delivered are told of together", async () => {
  const texts: string[] = [];
  const scene = new Scene({}, { log: ({ message }) => void texts.push(message) });
  const records = Array.from({ length: 1000 }, (_, offset) => record("plain", BigInt(offset)));
  expect(await scene.fetch(RecordBatch.of(records).bytes)).toEqual({ values: [], errorCode: 0 });
  expect(texts).toEqual([
    '1000 records of "orders", partition 0 from 0 to 999 are not delivered as they should be: ' +
      "OCKAM_KAFKA_NOT_SEALED: the value is not encrypted",
  ]);
});

test("an agreement that a request waited for in vain does not hold up the next one", async () => {
  vi.useFakeTimers();
  try {
    const scene = new Scene();
    const agreement = new EventEmitter();
    scene.cipher.missing.set(
      "late-0",
      once(agreement, "agreed").then(() => {}),
    );
    const first = scene.ask(produce(1, [["late", [record("a")]]]));
    await vi.advanceTimersByTimeAsync(KEY_PATIENCE);
    await first;
    const second = scene.ask(
      produce(2, [
        ["late", [record("a")]],
        ["orders", [record("b")]],
      ]),
    );
    await vi.advanceTimersByTimeAsync(1);
    await second;
    expect(scene.toBroker).toHaveLength(1);
    agreement.emit("agreed");
    await scene.ask(produce(3, [["late", [record("a")]]]));
    expect(scene.toBroker).toHaveLength(2);
  } finally {
    vi.useRealTimers();
  }
});

test("a failure of this node is no fault of the batch", async () => {
  const scene = new Scene();
  scene.cipher.missing.set("orders-0", new OckamError("OCKAM_VAULT_LOCKED", "the vault is locked"));
  await scene.ask(produce(1, [["orders", [record("a")]]]));
  const { body } = decodeResponse("Produce", 9, scene.toClient[0]!);
  expect(body.responses[0]!.partitionResponses[0]!.errorCode).toBe(19);
});

test("what an idempotent producer sent behind a batch that was refused is refused, until that one comes again", async () => {
  const scene = new Scene();
  const send = async (baseSequence: number, producerEpoch = 0): Promise<number | "sent"> => {
    const records = RecordBatch.of([record("a")], { producerId: 7n, producerEpoch, baseSequence }).bytes;
    const topicData = [{ name: "orders", partitionData: [{ index: 0, records }] }];
    const before = scene.toBroker.length;
    await scene.ask({
      api: "Produce",
      version: 9,
      correlationId: 1,
      body: { acks: -1, timeoutMs: 1000, topicData },
    });
    if (scene.toBroker.length > before) {
      await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
      return "sent";
    }
    const { body } = decodeResponse("Produce", 9, scene.toClient.at(-1)!);
    return body.responses[0]!.partitionResponses[0]!.errorCode;
  };
  scene.cipher.missing.set("orders-0", kafkaPortalError("OCKAM_KAFKA_NO_CONSUMER", "none"));
  expect(await send(0)).toBe(19);
  scene.cipher.missing.clear();
  expect(await send(5)).toBe(19);
  expect(await send(0)).toBe("sent");
  expect(await send(5)).toBe("sent");
  scene.cipher.missing.set("orders-0", kafkaPortalError("OCKAM_KAFKA_NO_CONSUMER", "none"));
  expect(await send(10)).toBe(19);
  scene.cipher.missing.clear();
  // It gave up, and began anew.
  expect(await send(0, 1)).toBe("sent");
});

/** Asks for a batch that is sent in two parts, and answers them: what the broker got by then, and what the client was told. */
async function producedInParts(
  scene: Scene,
  ...errorCodes: readonly number[]
): Promise<{ readonly sent: readonly number[]; readonly told: number | undefined }> {
  const values = Array.from({ length: 990 }, (_, offset) => record("x".repeat(1000), BigInt(offset)));
  const { bytes: records } = RecordBatch.of(values);
  const topicData = [{ name: "orders", partitionData: [{ index: 0, records }] }];
  const body = { acks: -1, timeoutMs: 1000, topicData };
  const asking = scene.ask({ api: "Produce", version: 9, correlationId: 1, body });
  const sent: number[] = [];
  for (const errorCode of errorCodes) {
    await expect.poll(() => scene.toBroker.length, { interval: 5 }).toBe(sent.length + 1);
    sent.push(scene.toBroker.length);
    const responses = [{ name: "orders", partitionResponses: [{ index: 0, errorCode }] }];
    await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: { responses } });
  }
  // What the client sends next is not taken before.
  await asking;
  const [response] = scene.toClient;
  const told =
    response === undefined
      ? undefined
      : decodeResponse("Produce", 9, response).body.responses[0]!.partitionResponses[0]!.errorCode;
  return { sent: [...sent, scene.toBroker.length], told };
}

test("a batch that is sent in parts stays in order: each waits for the one before it", async () => {
  expect(await producedInParts(new Scene(), 0, 0)).toEqual({ sent: [1, 2, 2], told: 0 });
  expect(await producedInParts(new Scene(), 0, 6)).toEqual({ sent: [1, 2, 2], told: 6 });
  expect(await producedInParts(new Scene(), 19)).toEqual({ sent: [1, 1], told: 19 });
});

test("topics are known by their ids once Metadata told them", async () => {
  const scene = new Scene();
  const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
  const sealed = await scene.stored([record("a")]);
  await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
  const fetch = async (): Promise<number> => {
    const topics = [{ topicId, partitions: [{ partition: 0 }] }];
    await scene.ask({ api: "Fetch", version: 13, correlationId: 2, body: { topics } });
    const responses = [{ topicId, partitions: [{ partitionIndex: 0, records: sealed }] }];
    await scene.answer({ api: "Fetch", version: 13, correlationId: 2, body: { responses } });
    return decodeResponse("Fetch", 13, scene.toClient.at(-1)!).body.responses[0]!.partitions[0]!.errorCode;
  };
  expect(await fetch()).toBe(100);
  expect(scene.fetched).toEqual([]);
  await scene.ask({ api: "Metadata", version: 12, correlationId: 3, body: { topics: null } });
  const topics = [
    { name: "orders", topicId },
    { name: "old", topicId: ZERO_UUID },
  ];
  await scene.answer({ api: "Metadata", version: 12, correlationId: 3, body: { topics } });
  expect(await fetch()).toBe(0);
  expect(scene.fetched).toEqual([{ topic: "orders", partition: 0 }]);
});

test("offers what it can rewrite only, and nothing that tells where brokers are", async () => {
  const scene = new Scene();
  await scene.ask({ api: "ApiVersions", version: 3, correlationId: 1, body: {} });
  const apiKeys = [
    { apiKey: 0, minVersion: 0, maxVersion: 99 },
    { apiKey: 55, minVersion: 0, maxVersion: 2 },
    { apiKey: 999, minVersion: 0, maxVersion: 2 },
  ];
  await scene.answer({ api: "ApiVersions", version: 3, correlationId: 1, body: { apiKeys } });
  const { body } = decodeResponse("ApiVersions", 3, scene.toClient[0]!);
  expect(body.apiKeys.map((range) => range.apiKey)).toEqual([0]);
  expect(body.apiKeys[0]!.maxVersion).toBeLessThan(99);
});

test("a newer ApiVersions request is answered as a broker would", async () => {
  const scene = new Scene();
  const message = encodeRequest({ api: "ApiVersions", version: 3, correlationId: 9, body: {} });
  message[3] = 77;
  await scene.conversation.fromClient(message);
  expect(scene.toBroker).toEqual([]);
  const response = decodeResponse("ApiVersions", 0, scene.toClient[0]!);
  expect(response.body.errorCode).toBe(35);
  expect(response.body.apiKeys[0]!.apiKey).toBe(18);
});

test("without encryption records pass as they are", async () => {
  const scene = new Scene(null);
  const stored = await scene.stored([record("a")]);
  expect(stored).toEqual(RecordBatch.of([record("a")], { compression: "gzip" }).bytes);
  await scene.answer({ api: "Produce", version: 9, correlationId: 1, body: {} });
  expect(await scene.fetch(stored)).toEqual({ values: ["a"], errorCode: 0 });
});

test("a response that nobody asked for, or out of order, ends the connection", async () => {
  const scene = new Scene();
  await scene.ask({ api: "Heartbeat", version: 4, correlationId: 1, body: { groupId: "g", memberId: "m" } });
  await expect(
    scene.answer({ api: "Heartbeat", version: 4, correlationId: 2, body: {} }),
  ).rejects.toMatchObject({
    code: "OCKAM_KAFKA_INVALID_MESSAGE",
  });
});

test("requests without end are refused", async () => {
  const scene = new Scene();
  const ask = (correlationId: number): Promise<void> =>
    scene.ask({ api: "Heartbeat", version: 4, correlationId, body: { groupId: "g", memberId: "m" } });
  for (let i = 0; i < MAX_PENDING_REQUESTS; i++) await ask(i);
  await expect(ask(0)).rejects.toMatchObject({ code: "OCKAM_KAFKA_INVALID_MESSAGE" });
});

test("an answer of the inlet does not overtake a response that takes time", async () => {
  const gate = new EventEmitter();
  const opened = once(gate, "open");
  const advertisedAddressOf: InletConversationOptions["advertisedAddressOf"] = async () => {
    await opened;
    return { host: "inlet.example", port: 1 };
  };
  const scene = new Scene({}, { advertisedAddressOf });
  scene.cipher.missing.set("nobody-0", kafkaPortalError("OCKAM_KAFKA_NO_CONSUMER", "none"));
  await scene.ask({ api: "Metadata", version: 12, correlationId: 1, body: { topics: null } });
  const brokers = [{ nodeId: 1, host: "broker", port: 9092 }];
  const first = scene.answer({ api: "Metadata", version: 12, correlationId: 1, body: { brokers } });
  await scene.ask(produce(2, [["nobody", [record("a")]]]));
  expect(scene.toClient).toEqual([]);
  gate.emit("open");
  await first;
  expect(scene.toClient.map(peekCorrelationId)).toEqual([1, 2]);
});
