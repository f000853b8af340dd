import { compressionsAlgorithms, createRecordsBatch, readRecordsBatch, Reader } from "@platformatic/kafka";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { arbitraryContent } from "../testing/arbitrary-content.ts";
import { arbitraryRecords } from "../testing/arbitrary-record.ts";
import { SCALE } from "../testing/scale.ts";
import { COMPRESSIONS, compress, decompress } from "./compression.ts";
import { RecordBatch } from "./record-batch.ts";

// Another implementation, as the other side. It is slow to load: all tests against it are in this file.
const LIMIT = 1 << 20;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each(COMPRESSIONS)("%s", (compression) => {
  test("compressed data", () => {
    const { compressSync, decompressSync } = compressionsAlgorithms[compression];
    fc.assert(
      fc.property(arbitraryContent, (data) => {
        if (data.length === 0) return;
        expect(new Uint8Array(decompressSync(Buffer.from(compress(compression, data, 2))))).toEqual(data);
        const theirs = new Uint8Array(compressSync(Buffer.from(data)));
        expect(decompress(compression, theirs, 2, LIMIT)).toEqual(data);
      }),
      { numRuns: 30 * SCALE },
    );
  });

  test("it reads our batches", () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        const batch = RecordBatch.of(records, { compression, producerId: 5n, baseSequence: 8 });
        const theirs = readRecordsBatch(Reader.from(Buffer.from(batch.bytes)));
        expect(theirs).toMatchObject({ magic: 2, producerId: 5n, firstSequence: 8 });
        expect(
          theirs.records.map((found) => ({
            offset: theirs.firstOffset + BigInt(found.offsetDelta),
            timestamp: theirs.firstTimestamp + found.timestampDelta,
            key: plain(found.key),
            value: plain(found.value),
            headers: found.headers.map(([key, value]) => ({ key: key!.toString(), value: plain(value) })),
            attributes: found.attributes,
          })),
        ).toEqual(records);
      }),
      { numRuns: 10 * SCALE },
    );
  });

  test("we read its batches", () => {
    const message = { topic: "t", key: Buffer.from("k"), value: Buffer.from("value ".repeat(50)) };
    const theirs = createRecordsBatch(
      [message, { ...message, headers: new Map([[Buffer.from("h"), Buffer.from("1")]]) }],
      { compression, producerId: 5n, producerEpoch: 1, firstSequence: 3, partitionLeaderEpoch: 2 },
    );
    const batch = new RecordBatch(new Uint8Array(theirs.buffer));
    expect(batch).toMatchObject({ compression, count: 2, producerId: 5n, producerEpoch: 1 });
    expect(batch.records().map(({ key, value }) => [key, value])).toEqual([
      [utf8("k"), utf8("value ".repeat(50))],
      [utf8("k"), utf8("value ".repeat(50))],
    ]);
    expect(batch.records()[1]!.headers).toEqual([{ key: "h", value: utf8("1") }]);
  });
});

function plain(buffer: Buffer | null): Uint8Array | null {
  return buffer === null ? null : new Uint8Array(buffer);
}
