import fc from "fast-check";
import { isOckamError } from "@ockam/codec";
import { expect, test } from "vitest";

import { arbitraryRecords } from "../testing/arbitrary-record.ts";
import { SCALE } from "../testing/scale.ts";
import type { Compression } from "./compression.ts";
import { RecordBatch } from "./record-batch.ts";

const arbitraryValue = fc.option(
  fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(0x3f, 0x40, 0x1fff, 0x2000).map(bytesOf)),
  { freq: 4 },
);
const compressions = fc.constantFrom<Compression>("none", "gzip", "lz4");

function bytesOf(length: number): Uint8Array {
  return new Uint8Array(length).fill(length);
}

test("a batch of its slices is the same batch", () => {
  fc.assert(
    fc.property(arbitraryRecords, compressions, (records, compression) => {
      const batch = RecordBatch.of(records, { compression });
      const slices = batch.slices();
      expect(slices.map(({ key }) => key)).toEqual(records.map(({ key }) => key));
      expect(slices.map(({ value }) => value)).toEqual(records.map(({ value }) => value));
      expect(slices.map(({ offsetDelta }) => batch.baseOffset + BigInt(offsetDelta))).toEqual(
        records.map(({ offset }) => offset),
      );
      expect(batch.withSlices(slices).bytes).toEqual(batch.bytes);
    }),
    { numRuns: 50 * SCALE },
  );
});

test("with other values, and without some records, it is what records() and withRecords() make", () => {
  fc.assert(
    fc.property(
      arbitraryRecords,
      fc.array(fc.tuple(arbitraryValue, fc.boolean()), { minLength: 5, maxLength: 5 }),
      compressions,
      (records, changes, compression) => {
        const batch = RecordBatch.of(records);
        const kept = <Kind>(all: readonly Kind[]): readonly Kind[] => all.filter((_, i) => changes[i]![1]);
        const slices = kept(batch.slices().map((slice, i) => slice.withValue(changes[i]![0])));
        const others = kept(batch.records().map((record, i) => ({ ...record, value: changes[i]![0] })));
        const changed = batch.withSlices(slices, { compression });
        expect(changed.bytes).toEqual(batch.withRecords(others, { compression }).bytes);
        expect(changed.records()).toEqual(others);
      },
    ),
    { numRuns: 50 * SCALE },
  );
});

test("a batch can end earlier", () => {
  const records = [3n, 5n, 9n].map((offset) => ({
    offset,
    timestamp: 0n,
    key: null,
    value: bytesOf(1),
    headers: [],
    attributes: 0,
  }));
  const batch = RecordBatch.of(records);
  const [first, second] = batch.slices();
  const shorter = batch.withSlices([first!, second!], { lastOffsetDelta: second!.offsetDelta });
  expect([shorter.baseOffset, shorter.lastOffset, shorter.count]).toEqual([3n, 5n, 2]);
});

// The checksum is taken away: what a peer writes on purpose.
test("slices are refused exactly where records are", () => {
  const change = fc.tuple(fc.nat({ max: 400 }), fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xfe, 0xff));
  fc.assert(
    fc.property(arbitraryRecords, fc.array(change, { minLength: 1, maxLength: 3 }), (records, changes) => {
      const bytes = RecordBatch.of(records).bytes.slice();
      for (const [at, byte] of changes) bytes[61 + (at % (bytes.length - 61))] = byte;
      const batch = new RecordBatch(bytes);
      batch.verify = () => {};
      const read = outcome(() => batch.records().map(({ key, value }) => ({ key, value })));
      const cut = outcome(() => batch.slices().map(({ key, value }) => ({ key, value })));
      expect(cut).toEqual(read);
    }),
    { numRuns: 200 * SCALE },
  );
});

function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!isOckamError(error)) throw error;
    return error.code;
  }
}
