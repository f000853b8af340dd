import { describe, expect, test } from "vitest";

import { recordedSets } from "../testing/recorded.ts";
import type { KafkaRecord } from "./kafka-record.ts";
import { MAX_SET_BATCHES } from "./limits.ts";
import { MessageSet } from "./message-set.ts";
import { RecordBatch } from "./record-batch.ts";
import { decodeRecordSet, encodeRecordSet } from "./record-set.ts";

const invalid = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS" });
const beyondLimit = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT" });
const decoder = new TextDecoder();
const emptyRecord: KafkaRecord = {
  offset: 0n,
  timestamp: 0n,
  key: null,
  value: null,
  headers: [],
  attributes: 0,
};

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : decoder.decode(bytes);
}

function recorded(name: string): Uint8Array {
  return recordedSets.get(name)!;
}

function allRecords(bytes: Uint8Array): readonly KafkaRecord[] {
  return decodeRecordSet(bytes).batches.flatMap((batch) => [...batch.records()]);
}

describe.each([...recordedSets])("recorded: %s", (_, bytes) => {
  test("unchanged batches and the tail are the same bytes", () => {
    expect(encodeRecordSet(decodeRecordSet(bytes))).toEqual(bytes);
  });

  test("the same records written again", () => {
    for (const batch of decodeRecordSet(bytes).batches) {
      const records = batch.records();
      const again = batch.withRecords(records);
      expect(again.records()).toEqual(records);
      expect(again.attributes).toBe(batch.attributes);
      expect(again.maxTimestamp).toBe(batch.maxTimestamp);
      if (batch.compression === "none") expect(again.bytes).toEqual(batch.bytes);
    }
  });

  test("damage is seen", () => {
    for (const { bytes: batch } of decodeRecordSet(bytes).batches) {
      const damaged = batch.slice();
      damaged[damaged.length - 1]! ^= 1;
      expect(() => allRecords(damaged)).toThrow(invalid);
    }
  });
});

test.each(["none", "gzip", "snappy", "lz4", "zstd"])("what a Java producer wrote: %s", (compression) => {
  const [batch] = decodeRecordSet(recorded(`java ${compression}`)).batches;
  expect(batch).toMatchObject({ magic: 2, compression, isTransactional: false, timestampType: "create" });
  const records = batch!.records();
  expect(records.map(({ offset }) => Number(offset))).toEqual([...Array(20).keys()]);
  for (const [index, { key, value, headers }] of records.entries()) {
    const line = `value ${index + 1} of the ${compression} producer`;
    expect([text(key), text(value)]).toEqual([`key${index + 1}`, `${line}, ${line}`]);
    expect(headers.map((header) => [header.key, text(header.value)])).toEqual([
      ["h1", "a"],
      ["h2", "b"],
    ]);
  }
});

describe.each([0, 1, 2] as const)("what a broker stored, as magic %i", (magic) => {
  test.each(["gzip", "snappy", "lz4"])("%s", (compression) => {
    const set = decodeRecordSet(recorded(`old-${compression} magic ${magic}`));
    const first = set.batches[0]!;
    expect(first).toMatchObject({ magic, compression, lastOffset: 2n });
    expect(first.records().map(({ key, value, offset }) => [offset, text(key), text(value)])).toEqual([
      [0n, "k1", "an old message ".repeat(5)],
      [1n, null, "an old message ".repeat(4)],
      [2n, "k3", null],
    ]);
    const times = magic === 0 ? [-1n, -1n, -1n] : [1700000000000n, 1700000000001n, 1700000000002n];
    expect(first.records().map(({ timestamp }) => timestamp)).toEqual(times);
    expect(set.tail.length > 0).toBe(magic !== 2);
  });

  test("the time of appending", () => {
    const [batch] = decodeRecordSet(recorded(`append magic ${magic}`)).batches;
    expect(batch!.timestampType).toBe(magic === 0 ? "none" : "log-append");
    expect(batch!.maxTimestamp).toBe(magic === 0 ? -1n : 1795578295345n);
  });
});

test("transactions, markers, nulls and names that repeat", () => {
  const { batches } = decodeRecordSet(recorded("js magic 2"));
  expect(batches.filter((batch) => batch.isControl).map((batch) => batch.lastOffset)).toEqual([9n, 11n, 13n]);
  const transactional = batches.filter((batch) => batch.isTransactional && !batch.isControl);
  expect(transactional.flatMap((batch) => batch.records().map(({ value }) => text(value)))).toEqual([
    "committed",
    "committed",
    "aborted",
  ]);
  const records = allRecords(recorded("js magic 2"));
  expect(records.map(({ value }) => text(value))).toContain(null);
  expect(records[0]!.headers.map(({ key, value }) => [key, text(value)])).toEqual([
    ["a", "1"],
    ["b", "2"],
    ["b", "3"],
  ]);
});

describe("what is cut off", () => {
  const whole = recorded("java none");

  test("stays in the tail, wherever it is cut", () => {
    for (let length = 0; length < whole.length; length += 7) {
      const cut = new Uint8Array([...whole, ...whole.subarray(0, length)]);
      const set = decodeRecordSet(cut);
      expect(set.batches.length).toBe(1);
      expect(set.tail).toEqual(whole.subarray(0, length));
      expect(encodeRecordSet(set)).toEqual(cut);
    }
  });

  test("nothing is a set without batches", () => {
    expect(decodeRecordSet(new Uint8Array(0))).toEqual({ batches: [], tail: new Uint8Array(0) });
  });
});

test("lengths and magics that cannot be", () => {
  const bytes = recorded("java none").slice();
  const view = new DataView(bytes.buffer);
  view.setInt32(8, 48);
  expect(() => decodeRecordSet(bytes)).toThrow(invalid);
  view.setInt32(8, -1);
  expect(() => decodeRecordSet(bytes)).toThrow(invalid);
  bytes[16] = 3;
  expect(() => decodeRecordSet(bytes)).toThrow(invalid);
  expect(() => new RecordBatch(bytes.subarray(0, 60))).toThrow(invalid);
  expect(() => new MessageSet(new Uint8Array(0))).toThrow(invalid);
});

test("MAX_SET_BATCHES: more are refused", () => {
  const { bytes } = MessageSet.of([emptyRecord], 0)[0]!;
  const many = new Uint8Array(bytes.length * (MAX_SET_BATCHES + 1));
  for (let offset = 0; offset < many.length; offset += bytes.length) many.set(bytes, offset);
  expect(() => decodeRecordSet(many)).toThrow(invalid);
  expect(decodeRecordSet(many.subarray(bytes.length)).batches.length).toBe(MAX_SET_BATCHES);
});

test("many small bombs are one bomb: batches share the limit", () => {
  const record = { ...emptyRecord, value: new Uint8Array(100_000) };
  const { bytes } = RecordBatch.of([record], { compression: "gzip" });
  const set = decodeRecordSet(new Uint8Array([...bytes, ...bytes, ...bytes]), {
    maxDecompressedLength: 250_000,
  });
  const [first, second, third] = set.batches;
  first!.records();
  first!.records();
  second!.records();
  expect(() => third!.records()).toThrow(beyondLimit);
});
