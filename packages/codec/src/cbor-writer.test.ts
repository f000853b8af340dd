import { Decoder } from "cbor-x";
import fc from "fast-check";
import { expect, test } from "vitest";

import { toHex } from "./bytes.ts";
import { CborWriter } from "./cbor-writer.ts";

// cbor-x is the oracle: another implementation of RFC 8949 must read what we write.
const oracle = new Decoder({ useRecords: false, mapsAsObjects: false });

test.each([
  [0, "00"],
  [23, "17"],
  [24, "1818"],
  [255, "18ff"],
  [256, "190100"],
  [65535, "19ffff"],
  [65536, "1a00010000"],
  [4294967295, "1affffffff"],
  [4294967296, "1b0000000100000000"],
  [Number.MAX_SAFE_INTEGER, "1b001fffffffffffff"],
  [0xffffffffffffffffn, "1bffffffffffffffff"],
  [23n, "17"],
])("the unsigned integer %s takes the shortest head", (value, hex) => {
  expect(toHex(new CborWriter().uint(value).finish())).toBe(hex);
});

test("containers, strings and simple values", () => {
  const bytes = new CborWriter()
    .array(5)
    .map(1)
    .uint(1)
    .text("ä")
    .bytes(Uint8Array.of(1, 2))
    .bool(true)
    .bool(false)
    .null()
    .finish();
  expect(toHex(bytes)).toBe("85a10162c3a4420102f5f4f6");
});

test("an enum variant without fields is written with an empty array", () => {
  expect(toHex(new CborWriter().variant(2).array(0).finish())).toBe("820280");
});

test("the head of a byte string may stand alone, its content sent as pieces", () => {
  expect(toHex(new CborWriter().bytesHead(300).finish())).toBe("59012c");
});

test.each([-1, 1.5, Number.NaN, 2 ** 53, -1n, 2n ** 64n])("refuses %s as an unsigned integer", (value) => {
  expect(() => new CborWriter().uint(value)).toThrow(RangeError);
});

test("cbor-x reads what is written", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.maxSafeNat(), fc.string(), fc.uint8Array(), fc.boolean(), fc.constant(null))),
      (values) => {
        const writer = new CborWriter(1).array(values.length);
        for (const value of values) {
          if (typeof value === "number") writer.uint(value);
          else if (typeof value === "string") writer.text(value);
          else if (typeof value === "boolean") writer.bool(value);
          else if (value === null) writer.null();
          else writer.bytes(value);
        }
        const read = oracle.decode(writer.finish()) as unknown[];
        const plain = read.map((item) =>
          typeof item === "bigint" ? Number(item) : item instanceof Uint8Array ? Array.from(item) : item,
        );
        expect(plain).toEqual(
          values.map((value) => (value instanceof Uint8Array ? Array.from(value) : value)),
        );
      },
    ),
  );
});
