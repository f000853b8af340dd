import { Encoder } from "cbor-x";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { fromHex, toHex } from "./bytes.ts";
import { CborReader, MAX_CBOR_DEPTH } from "./cbor-reader.ts";
import { isOckamError } from "./error.ts";

const oracle = new Encoder({
  useRecords: false,
  mapsAsObjects: false,
  variableMapSize: true,
  tagUint8Array: false,
});
const scale = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

const reader = (hex: string) => new CborReader(fromHex(hex));
const invalid = expect.objectContaining({ code: "OCKAM_CODEC_INVALID_CBOR" });

describe("what peers may send is read", () => {
  test.each([
    ["05", 5],
    ["1805", 5],
    ["190005", 5],
    ["1a00000005", 5],
    ["1b0000000000000005", 5],
  ])("the integer %s, of any width", (hex, value) => {
    expect(reader(hex).uint()).toBe(value);
    expect(reader(hex).uint64()).toBe(BigInt(value));
  });

  test("integers of 64 bits", () => {
    expect(reader("1bffffffffffffffff").uint64()).toBe(2n ** 64n - 1n);
  });

  test.each(["83010203", "9f010203ff"])("the array %s, of either length form", (hex) => {
    const cursor = reader(hex);
    const items = cursor.array();
    const values: number[] = [];
    while (items.next()) values.push(cursor.uint());
    items.end();
    expect(values).toEqual([1, 2, 3]);
    expect(cursor.done).toBe(true);
  });

  test.each(["a201182a02182b", "bf01182a02182bff"])("the map %s, of either length form", (hex) => {
    const cursor = reader(hex);
    const entries = cursor.map();
    const values = new Map<number, number>();
    while (entries.next()) values.set(cursor.uint(), cursor.uint());
    entries.end();
    expect([...values]).toEqual([
      [1, 42],
      [2, 43],
    ]);
  });

  test.each(["8301830102c280a10102", "9f01830102c280a10102ff"])("further elements are skipped: %s", (hex) => {
    const cursor = reader(hex);
    const items = cursor.array();
    items.need("first");
    expect(cursor.uint()).toBe(1);
    items.end();
    expect(cursor.done).toBe(true);
  });

  test("further map entries are skipped, whatever their type", () => {
    const cursor = reader("a3010102fb3ff8000000000000637879 7af5".replaceAll(" ", ""));
    const entries = cursor.map();
    entries.need("one");
    expect([cursor.uint(), cursor.uint()]).toEqual([1, 1]);
    entries.end();
    expect(cursor.done).toBe(true);
  });

  test.each([
    ["80", undefined],
    ["81f6", undefined],
    ["8107", 7],
  ])("an option in %s is absent, null or there", (hex, value) => {
    const cursor = reader(hex);
    const items = cursor.array();
    expect(items.optional(() => cursor.uint())).toBe(value);
    items.end();
  });

  test("bytes after the item are left alone", () => {
    const cursor = reader("0102");
    expect(cursor.uint()).toBe(1);
    expect(cursor.offset).toBe(1);
    expect(cursor.done).toBe(false);
  });

  test("the encoded bytes of an item are handed back as they came", () => {
    const cursor = reader("821800f67f");
    expect(toHex(cursor.raw())).toBe("821800f6");
  });
});

describe("what peers may not send is refused", () => {
  test.each([
    ["a byte string of indefinite length", "5f4101ff", (cursor: CborReader) => cursor.bytes()],
    ["a text string of indefinite length", "7f6161ff", (cursor: CborReader) => cursor.text()],
    ["a tag", "c201", (cursor: CborReader) => cursor.uint()],
    ["undefined for an option", "81f7", (cursor: CborReader) => cursor.array().optional(() => cursor.uint())],
    ["an enum of indefinite length", "9f0080ff", (cursor: CborReader) => cursor.variant()],
    ["a negative integer", "20", (cursor: CborReader) => cursor.uint()],
    ["an integer beyond 2^53 - 1", "1b0020000000000000", (cursor: CborReader) => cursor.uint()],
    ["an integer beyond its field", "190100", (cursor: CborReader) => cursor.uint(255)],
    ["a reserved head", "1c", (cursor: CborReader) => cursor.uint()],
    ["another length of bytes", "420102", (cursor: CborReader) => cursor.bytes(3)],
    ["a byte string that is cut off", "430102", (cursor: CborReader) => cursor.bytes()],
    ["a length that is cut off", "59ff", (cursor: CborReader) => cursor.bytes()],
    ["nothing", "", (cursor: CborReader) => cursor.uint()],
    ["a number as a boolean", "01", (cursor: CborReader) => cursor.bool()],
    ["a stray break", "ff", (cursor: CborReader) => cursor.skip()],
    ["a skipped item that is cut off", "8201", (cursor: CborReader) => cursor.skip()],
  ])("%s", (_, hex, read) => {
    expect(() => read(reader(hex))).toThrow(invalid);
  });

  test("a missing field is named", () => {
    expect(() => reader("80").array().need("subject")).toThrow(/"subject" is missing/);
  });

  test("text that is not UTF-8", () => {
    expect(() => reader("61ff").text()).toThrow(
      expect.objectContaining({ code: "OCKAM_CODEC_INVALID_UTF8" }),
    );
  });
});

describe("bombs cost nothing", () => {
  test("arrays nested deeper than the limit, skipped or opened", () => {
    const bomb = new Uint8Array(100_000).fill(0x81);
    expect(() => new CborReader(bomb).skip()).toThrow(/deeper than 24 levels/);
    const cursor = new CborReader(bomb);
    expect(() => {
      for (let i = 0; i < MAX_CBOR_DEPTH + 1; i++) cursor.array().need("inner");
    }).toThrow(/deeper than 24 levels/);
  });

  test("nesting up to the limit is read", () => {
    const nested = new Uint8Array(MAX_CBOR_DEPTH).fill(0x81);
    nested[MAX_CBOR_DEPTH - 1] = 0x80;
    new CborReader(nested).skip();
    expect(() => new CborReader(nested, { maxDepth: MAX_CBOR_DEPTH - 2 }).skip()).toThrow(invalid);
  });

  test.each(["9affffffff", "baffffffff", "9b001fffffffffffff"])(
    "%s announces more items than bytes follow",
    (hex) => {
      const cursor = reader(hex);
      expect(() => (hex.startsWith("b") ? cursor.map() : cursor.array())).toThrow(/more items than bytes/);
    },
  );

  test("tags nested in tags", () => {
    expect(() => new CborReader(new Uint8Array(100_000).fill(0xc1)).skip()).toThrow(invalid);
  });
});

test("reads what cbor-x writes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat({ max: 0xffffffff }), fc.string(), fc.uint8Array(), fc.boolean())),
      (values) => {
        const cursor = new CborReader(oracle.encode(values));
        const items = cursor.array();
        for (const value of values) {
          items.need("value");
          if (typeof value === "number") expect(cursor.uint()).toBe(value);
          else if (typeof value === "string") expect(cursor.text()).toBe(value);
          else if (typeof value === "boolean") expect(cursor.bool()).toBe(value);
          else expect(Array.from(cursor.bytes())).toEqual(Array.from(value));
        }
        items.end();
        expect(cursor.done).toBe(true);
      },
    ),
  );
});

test("skips exactly what cbor-x writes, and nothing else makes it crash", () => {
  fc.assert(
    fc.property(
      fc.anything({ maxDepth: 3, values: [fc.integer(), fc.string(), fc.double(), fc.uint8Array()] }),
      (value) => {
        const encoded = oracle.encode(value);
        const cursor = new CborReader(encoded);
        cursor.skip();
        expect(cursor.offset).toBe(encoded.length);
      },
    ),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        new CborReader(bytes).skip();
      } catch (error) {
        expect(isOckamError(error)).toBe(true);
      }
    }),
    { numRuns: 5_000 * scale },
  );
});
