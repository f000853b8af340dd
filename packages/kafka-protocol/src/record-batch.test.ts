import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { arbitraryRecords } from "../testing/arbitrary-record.ts";
import { SCALE } from "../testing/scale.ts";
import { COMPRESSIONS } from "./compression.ts";
import { crc32c } from "./crc32.ts";
import type { KafkaRecord } from "./kafka-record.ts";
import { KafkaWriter } from "./kafka-writer.ts";
import { MAX_BATCH_RECORDS, MAX_MESSAGE_STRUCTS } from "./limits.ts";
import { RecordBatch } from "./record-batch.ts";

const invalid = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS" });
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function record(offset: bigint, value: string | null = "v", extra: Partial<KafkaRecord> = {}): KafkaRecord {
  const bytes = value === null ? null : utf8(value);
  return { offset, timestamp: 1000n, key: null, value: bytes, headers: [], attributes: 0, ...extra };
}

test.each(COMPRESSIONS)("there and back: %s", (compression) => {
  fc.assert(
    fc.property(arbitraryRecords, (records) => {
      const batch = RecordBatch.of(records, { compression });
      expect(batch.records()).toEqual(records);
      expect(batch).toMatchObject({
        compression,
        count: records.length,
        baseOffset: records[0]!.offset,
        lastOffset: records.at(-1)!.offset,
      });
    }),
    { numRuns: 40 * SCALE },
  );
});

test("the header fields of transactional producers", () => {
  const options = {
    compression: "zstd",
    partitionLeaderEpoch: 7,
    timestampType: "log-append",
    isTransactional: true,
    isControl: true,
    producerId: 2n ** 60n,
    producerEpoch: 3,
    baseSequence: 99,
  } as const;
  const batch = RecordBatch.of([record(5n), record(9n, "w", { timestamp: 2000n })], options);
  expect(batch).toMatchObject({
    ...options,
    baseTimestamp: 1000n,
    maxTimestamp: 2000n,
    hasDeleteHorizon: false,
  });
  const again = batch.withRecords([record(9n)], { compression: "none" });
  expect(again).toMatchObject({
    ...options,
    compression: "none",
    baseOffset: 5n,
    lastOffset: 9n,
    baseTimestamp: 1000n,
    maxTimestamp: 2000n,
    count: 1,
  });
});

test("a compacted batch keeps its last offset, also when it is empty", () => {
  const batch = RecordBatch.of([record(10n), record(20n), record(30n)]);
  const compacted = batch.withRecords([record(20n)]);
  expect([compacted.baseOffset, compacted.lastOffset]).toEqual([10n, 30n]);
  const empty = compacted.withRecords([]);
  expect(empty.records()).toEqual([]);
  expect([empty.baseOffset, empty.lastOffset]).toEqual([10n, 30n]);
});

test("headers: order, names that repeat, null values, and names that are not UTF-8", () => {
  const headers = [
    { key: "b", value: utf8("1") },
    { key: "a", value: null },
    { key: "b", value: utf8("") },
    { key: "\ufffd", value: null, rawKey: Uint8Array.of(0xff) },
  ];
  const batch = RecordBatch.of([record(0n, null, { headers })]);
  expect(batch.records()[0]!.headers).toEqual(headers);
  expect(batch.withRecords(batch.records()).bytes).toEqual(batch.bytes);
});

describe("mistakes of the caller", () => {
  const batch = RecordBatch.of([record(10n), record(20n)]);
  test.each([
    ["no record", () => RecordBatch.of([])],
    ["offsets that do not ascend", () => RecordBatch.of([record(2n), record(1n)])],
    ["offsets too far apart", () => RecordBatch.of([record(0n), record(2n ** 31n)])],
    ["the same offset twice", () => batch.withRecords([record(10n), record(10n)])],
    ["an offset before the batch", () => batch.withRecords([record(9n)])],
    ["an offset after the batch", () => batch.withRecords([record(21n)])],
  ])("%s", (_, act) => {
    expect(act).toThrow(RangeError);
  });
});

describe("counts that lie", () => {
  test.each([-1, 0, 1, 3, 0x7fffffff])("%i instead of 2", (count) => {
    expect(() => withCount(count).records()).toThrow(invalid);
  });

  test("2", () => {
    expect(withCount(2).records().length).toBe(2);
  });
});

test("MAX_BATCH_RECORDS: more are neither written nor read", () => {
  const one = record(0n, null);
  const many = Array.from({ length: MAX_BATCH_RECORDS + 1 }, () => one);
  const batch = RecordBatch.of([record(0n, null), record(1n, null)]);
  expect(() => batch.withRecords(many)).toThrow(RangeError);
  const bytes = new Uint8Array(61 + 7 * many.length);
  bytes.set(batch.bytes.subarray(0, 61));
  const view = new DataView(bytes.buffer);
  view.setInt32(8, bytes.length - 12);
  view.setInt32(57, many.length);
  view.setUint32(17, crc32c(bytes.subarray(21)));
  expect(() => new RecordBatch(bytes).records()).toThrow(invalid);
});

test("MAX_MESSAGE_STRUCTS: nor are more headers in a batch read", () => {
  const headers = MAX_MESSAGE_STRUCTS + 1;
  const writer = new KafkaWriter();
  // Attributes, times, offsets: 0. Key and value: null. Each header: two empty strings.
  const start = Uint8Array.of(0, 0, 0, 1, 1);
  writer.writeVarint(start.length + 3 + 2 * headers);
  writer.writeBytes(start);
  writer.writeVarint(headers);
  writer.writeBytes(new Uint8Array(2 * headers));
  expect(() => withContent(writer.finish()).records()).toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({ message: expect.stringContaining("structs") }),
    }),
  );
});

test("a record must be as long as it says", () => {
  const content = RecordBatch.of([record(0n, "value")]).bytes.slice(61);
  expect(withContent(content).records().length).toBe(1);
  content[0]! -= 2;
  expect(() => withContent(content).records()).toThrow(invalid);
});

test("an unknown compression can be passed on, not read", () => {
  const bytes = RecordBatch.of([record(0n)]).bytes.slice();
  bytes[22] = 5;
  const batch = new RecordBatch(bytes);
  expect(batch.lastOffset).toBe(0n);
  expect(() => batch.compression).toThrow(invalid);
});

function withCount(count: number): RecordBatch {
  const bytes = RecordBatch.of([record(0n), record(1n)]).bytes.slice();
  const view = new DataView(bytes.buffer);
  view.setInt32(57, count);
  view.setUint32(17, crc32c(bytes.subarray(21)));
  return new RecordBatch(bytes);
}

/** A batch that says it has one record, whatever its content. */
function withContent(content: Uint8Array): RecordBatch {
  const bytes = new Uint8Array(61 + content.length);
  bytes.set(RecordBatch.of([record(0n)]).bytes.subarray(0, 61));
  bytes.set(content, 61);
  const view = new DataView(bytes.buffer);
  view.setInt32(8, bytes.length - 12);
  view.setUint32(17, crc32c(bytes.subarray(21)));
  return new RecordBatch(bytes);
}
