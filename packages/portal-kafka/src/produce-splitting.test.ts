import {
  decodeRecordSet,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  MessageSet,
  RecordBatch,
} from "@ockam/kafka-protocol";
import type { KafkaRecord, KafkaRequest, KafkaResponse, RequestDraft } from "@ockam/kafka-protocol";
import fc from "fast-check";
import { expect, test } from "vitest";

import {
  joinProduce,
  MAX_IDEMPOTENT_PARTS,
  MAX_SEALED_BATCH_LENGTH,
  splitProduce,
  withoutFailed,
} from "./produce-splitting.ts";

type Produce = KafkaRequest<"Produce">;

/** A request with these records for each of these partitions. */
function produce(partitions: Readonly<Record<string, Uint8Array | null>>): Produce {
  const topicData = Object.entries(partitions).map(([place, records]) => {
    const [name = "", index] = place.split("-");
    return { name, partitionData: [{ index: Number(index), records }] };
  });
  const draft: RequestDraft<"Produce"> = {
    api: "Produce",
    version: 9,
    correlationId: 7,
    body: { acks: -1, timeoutMs: 1000, topicData },
  };
  return decodeRequest(encodeRequest(draft)) as Produce;
}

function record(index: number, length: number, value?: Uint8Array | null): KafkaRecord {
  return {
    offset: BigInt(index),
    timestamp: BigInt(1000 + index),
    key: Uint8Array.of(index & 0xff, index >> 8),
    value: value === undefined ? new Uint8Array(length).fill(index) : value,
    headers: [{ key: "näme", value: Uint8Array.of(index & 0xff) }],
    attributes: 0,
  };
}

/** A value that begins as one does that was sealed with a topic key. */
function sealed(index: number, length: number): Uint8Array {
  const value = new Uint8Array(length).fill(index);
  value.set([0xff, 0x6f, 0x6b]);
  return value;
}

/** The batches of a partition in each part. */
function batchesOf(parts: readonly Produce[], topic = "orders"): readonly RecordBatch[] {
  return parts.flatMap(({ body }) =>
    body.topicData
      .filter(({ name }) => name === topic)
      .flatMap(({ partitionData }) => partitionData)
      .map(({ records }) => {
        const { batches } = decodeRecordSet(records!);
        expect(batches).toHaveLength(1);
        return batches[0] as RecordBatch;
      }),
  );
}

function contentOf({ headers, key, timestamp, value }: KafkaRecord): unknown {
  return { headers, key, timestamp, value };
}

const SMALL = produce({ "orders-0": new Uint8Array(10) });

test("what a broker takes is sent as it is", () => {
  const { bytes } = RecordBatch.of([record(0, 1000)]);
  const request = produce({ "orders-0": bytes, "orders-1": null });
  expect(splitProduce(request, SMALL)).toEqual([request]);
  expect(splitProduce(request, SMALL, bytes.length)).toEqual([request]);
  // The client's own batch was as long: it knows what the topic takes.
  expect(splitProduce(request, request, 10)).toEqual([request]);
});

test("a batch that became too long is sent in several, one behind the other, of the same producer", () => {
  const records = Array.from({ length: 100 }, (_, index) => record(index, 1000, sealed(index, 1000)));
  const batch = RecordBatch.of(records, {
    producerId: 5n,
    producerEpoch: 2,
    baseSequence: 2 ** 31 - 50,
    isTransactional: true,
    compression: "gzip",
  });
  const whole = batchesOf(
    splitProduce(
      produce({ "orders-0": batch.withRecords(records, { compression: "none" }).bytes }),
      SMALL,
      30_000,
    ),
  );
  expect(whole.length).toBe(4);
  let sent = 0;
  for (const part of whole) {
    expect(part.bytes.length).toBeLessThanOrEqual(30_000);
    expect([part.producerId, part.producerEpoch, part.isTransactional, part.compression]).toEqual([
      5n,
      2,
      true,
      "none",
    ]);
    expect(part.baseSequence).toBe((2 ** 31 - 50 + sent) % 2 ** 31);
    expect([part.baseOffset, part.lastOffsetDelta]).toEqual([0n, part.records().length - 1]);
    sent += part.records().length;
  }
  expect(whole.flatMap((part) => part.records()).map(contentOf)).toEqual(records.map(contentOf));
});

function idempotent(values: readonly Uint8Array[]): Uint8Array {
  const records = values.map((value, index) => record(index, 0, value));
  return RecordBatch.of(records, { producerId: 5n, producerEpoch: 0, baseSequence: 0 }).bytes;
}

function partsOf(records: Uint8Array, limit: number): number {
  return splitProduce(produce({ "orders-0": records }), SMALL, limit).length;
}

function placesIn(request: Produce | undefined): readonly string[] | undefined {
  return request?.body.topicData.flatMap(({ name, partitionData }) =>
    partitionData.map(({ index }) => `${name}-${index}`),
  );
}

test("a batch of an idempotent producer is cut so that a broker knows the parts again, or not at all", () => {
  const fixed = Array.from({ length: MAX_IDEMPOTENT_PARTS }, (_, index) => sealed(index, 900));
  expect(partsOf(idempotent(fixed), 1100)).toBe(MAX_IDEMPOTENT_PARTS);
  expect(partsOf(idempotent([...fixed, sealed(0, 900)]), 1100)).toBe(1);
  expect(partsOf(idempotent([...fixed.slice(1), new Uint8Array(900)]), 1100)).toBe(1);
});

test("the rest of a batch is not sent behind a part that failed", () => {
  const [part] = splitProduce(
    produce({ "orders-0": Uint8Array.of(1), "orders-1": Uint8Array.of(2), "payments-0": Uint8Array.of(3) }),
    SMALL,
  );
  const first = response([{ index: 0, errorCode: 6 }, { index: 1 }]);
  expect(placesIn(withoutFailed(part!, [first]))).toEqual(["orders-1", "payments-0"]);
  expect(placesIn(withoutFailed(part!, [response([{ index: 0 }, { index: 1 }])]))).toHaveLength(3);
  const orders = { ...part!, body: { ...part!.body, topicData: part!.body.topicData.slice(0, 1) } };
  expect(withoutFailed(orders, [first])).toBeUndefined();
});

test("without idempotence, and tombstones", () => {
  const records = [record(0, 0, null), record(1, 900), record(2, 0, null), record(3, 900)];
  const parts = batchesOf(splitProduce(produce({ "orders-0": RecordBatch.of(records).bytes }), SMALL, 1100));
  expect(parts.map((part) => [part.baseSequence, part.producerId, part.records().length])).toEqual([
    [-1, -1n, 2],
    [-1, -1n, 2],
  ]);
});

test("nothing is lost or reordered, and no part is longer than it may be but for single records", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(600), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 200, max: 2000 }),
      (lengths, limit) => {
        const records = lengths.map((length, index) => record(index, length));
        const parts = batchesOf(
          splitProduce(produce({ "orders-0": RecordBatch.of(records).bytes }), SMALL, limit),
        );
        for (const part of parts)
          expect(part.bytes.length <= limit || part.records().length === 1).toBe(true);
        expect(parts.flatMap((part) => part.records()).map(({ key }) => key)).toEqual(
          records.map(({ key }) => key),
        );
      },
    ),
  );
});

test("other partitions of the request go with the first part", () => {
  const long = RecordBatch.of([record(0, 900), record(1, 900), record(2, 900)]).bytes;
  const short = RecordBatch.of([record(0, 10)]).bytes;
  const parts = splitProduce(
    produce({ "payments-0": short, "orders-0": long, "orders-1": long.slice() }),
    SMALL,
    1500,
  );
  expect(parts.map(({ body }) => body.topicData.map(({ name }) => name).join())).toEqual([
    "payments,orders,orders",
    "orders,orders",
    "orders,orders",
  ]);
  expect(new Set(parts.map(({ correlationId, version }) => `${correlationId} ${version}`))).toEqual(
    new Set(["7 9"]),
  );
});

test("old message sets are left to the broker", () => {
  const old = Buffer.concat(
    MessageSet.of(
      [record(0, 900), record(1, 900)].map((one) => ({ ...one, headers: [] })),
      1,
    ).map(({ bytes }) => bytes),
  );
  expect(splitProduce(produce({ "orders-0": old }), SMALL, 100)).toHaveLength(1);
});

test("a batch of librdkafka with its default size fits into a broker's default limit", () => {
  expect(MAX_SEALED_BATCH_LENGTH).toBeLessThan(1_048_588);
});

/** What a broker answers for these partitions. */
function response(
  partitions: readonly { index: number; errorCode?: number; baseOffset?: bigint }[],
  throttleTimeMs = 0,
): KafkaResponse<"Produce"> {
  const partitionResponses = partitions.map((one) => ({ recordErrors: [{ batchIndex: 1 }], ...one }));
  const responses = [{ name: "orders", partitionResponses }];
  const draft = {
    api: "Produce",
    version: 9,
    correlationId: 7,
    body: { responses, throttleTimeMs },
  } as const;
  return decodeResponse("Produce", 9, encodeResponse(draft));
}

test("the answers to all parts are one: the first error, or where the first record is", () => {
  const joined = joinProduce([
    response([
      { index: 0, baseOffset: 10n },
      { index: 1, baseOffset: 20n },
      { index: 2, errorCode: 3 },
    ]),
    response(
      [
        { index: 0, baseOffset: 15n },
        { index: 1, errorCode: 10 },
        { index: 2, errorCode: 4 },
      ],
      5,
    ),
    response([{ index: 1, errorCode: 6 }]),
  ]);
  expect(joined.body.throttleTimeMs).toBe(5);
  expect(joined.body.responses[0]!.partitionResponses).toMatchObject([
    { index: 0, errorCode: 0, baseOffset: 10n },
    { index: 1, errorCode: 10, recordErrors: [] },
    { index: 2, errorCode: 3 },
  ]);
  expect(() => joinProduce([])).toThrow(RangeError);
});
