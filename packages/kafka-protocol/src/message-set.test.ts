import { crc32, gzipSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { arbitraryRecords } from "../testing/arbitrary-record.ts";
import { kafkajsReadMessages } from "../testing/kafkajs.ts";
import { SCALE } from "../testing/scale.ts";
import { COMPRESSIONS } from "./compression.ts";
import type { KafkaRecord } from "./kafka-record.ts";
import { MessageSet } from "./message-set.ts";
import { decodeRecordSet, encodeRecordSet } from "./record-set.ts";

const invalid = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS" });
const cases = ([0, 1] as const).flatMap((magic) =>
  (["none", "gzip", "snappy", "lz4"] as const).map((compression) => ({ magic, compression })),
);

/** Without what these magics cannot say. */
function old(records: readonly KafkaRecord[], magic: 0 | 1): readonly KafkaRecord[] {
  return records.map((record) => ({
    ...record,
    headers: [],
    attributes: 0,
    timestamp: magic === 0 ? -1n : record.timestamp,
  }));
}

describe.each(cases)("magic $magic, $compression", ({ magic, compression }) => {
  test("there and back, offsets with gaps", () => {
    fc.assert(
      fc.property(arbitraryRecords, (any) => {
        const records = old(any, magic);
        const bytes = encodeRecordSet({
          batches: MessageSet.of(records, magic, compression),
          tail: new Uint8Array(0),
        });
        const { batches, tail } = decodeRecordSet(bytes);
        expect(tail.length).toBe(0);
        expect(batches.at(-1)).toMatchObject({ magic, compression, lastOffset: records.at(-1)!.offset });
        const read = batches.flatMap((batch) => [...batch.records()]);
        expect(read).toEqual(records);
      }),
      { numRuns: 25 * SCALE },
    );
  });

  test("records that are written again keep magic and offsets", () => {
    const records = old(fc.sample(arbitraryRecords, { numRuns: 1, seed: 3 })[0]!, magic);
    for (const set of MessageSet.of(records, magic, compression)) {
      const again = set.withRecords(set.records().map((record) => ({ ...record, value: new Uint8Array(9) })));
      expect(again).toMatchObject({ magic, compression, lastOffset: set.lastOffset });
      expect(again.records().map(({ offset }) => offset)).toEqual(set.records().map(({ offset }) => offset));
      expect(again.records()[0]!.value).toEqual(new Uint8Array(9));
    }
  });
});

test.each(cases.filter(({ compression }) => compression === "none" || compression === "gzip"))(
  "kafkajs reads magic $magic, $compression",
  async ({ magic, compression }) => {
    const records = old(fc.sample(arbitraryRecords, { numRuns: 1, seed: 5 })[0]!, magic);
    const bytes = encodeRecordSet({
      batches: MessageSet.of(records, magic, compression),
      tail: new Uint8Array(0),
    });
    const theirs = await kafkajsReadMessages(bytes);
    expect(
      theirs.map(({ offset, magicByte, key, value }) => ({
        offset: BigInt(offset),
        magicByte,
        key: key === null ? null : new Uint8Array(key),
        value: value === null ? null : new Uint8Array(value),
      })),
    ).toEqual(records.map(({ offset, key, value }) => ({ offset, magicByte: magic, key, value })));
  },
);

test("what these magics cannot hold", () => {
  const [record] = old(fc.sample(arbitraryRecords, { numRuns: 1, seed: 3 })[0]!, 1);
  expect(() => MessageSet.of([], 1)).toThrow(RangeError);
  expect(() => MessageSet.of([record!], 1, "zstd")).toThrow(RangeError);
  const [single] = MessageSet.of([record!], 1);
  expect(() => single!.withRecords([])).toThrow(RangeError);
  expect(() => single!.withRecords([record!, record!])).toThrow(RangeError);
  const [packed] = MessageSet.of([record!], 1, "gzip");
  expect(() => packed!.withRecords([])).toThrow(RangeError);
});

test("compressed within compressed", () => {
  const [record] = old(fc.sample(arbitraryRecords, { numRuns: 1, seed: 3 })[0]!, 1);
  expect(new MessageSet(wrapping(MessageSet.of([record!], 1)[0]!)).records()).toEqual([record]);
  const nested = new MessageSet(wrapping(MessageSet.of([record!], 1, "gzip")[0]!));
  expect(() => nested.records()).toThrow(invalid);
});

test("a message must be as long as it says", () => {
  const [record] = old(fc.sample(arbitraryRecords, { numRuns: 1, seed: 3 })[0]!, 1);
  const bytes = MessageSet.of([record!], 1)[0]!.bytes.slice();
  bytes[11]! -= 1;
  expect(() => new MessageSet(bytes).records()).toThrow(invalid);
});

test("a message whose times are changed keeps its own", () => {
  const records = old(fc.sample(arbitraryRecords, { numRuns: 1, seed: 3 })[0]!, 1);
  const [set] = MessageSet.of(records, 1, "gzip");
  const again = set!.withRecords(records.map((record) => ({ ...record, timestamp: 0n })));
  expect(again.maxTimestamp).toBe(set!.maxTimestamp);
  expect(again.records().every(({ timestamp }) => timestamp === 0n)).toBe(true);
});

/** A message that says it is compressed with gzip, around another. */
function wrapping(inner: MessageSet): Uint8Array {
  const outer = { offset: inner.lastOffset, timestamp: 0n, key: null, headers: [], attributes: 0 };
  const { bytes } = MessageSet.of([{ ...outer, value: new Uint8Array(gzipSync(inner.bytes)) }], 1)[0]!;
  bytes[17] = COMPRESSIONS.indexOf("gzip");
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(12, crc32(bytes.subarray(16)));
  return bytes;
}
