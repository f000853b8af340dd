import { Decoder, Encoder } from "cbor-x";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { concatBytes, encodeUtf8, fromHex, toHex } from "./bytes.ts";
import { CborReader, MAX_CBOR_DEPTH, MAX_CBOR_SKIPPED_ITEMS } from "./cbor-reader.ts";
import { CborWriter } from "./cbor-writer.ts";
import { isOckamError } from "./error.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const INVALID = expect.objectContaining({ code: "OCKAM_CODEC_INVALID_CBOR" });
const TIMEOUT = 20_000 + 1000 * SCALE;
const oracle = new Decoder({ useRecords: false, mapsAsObjects: false });

function reader(hex: string): CborReader {
  return new CborReader(fromHex(hex));
}

function zeros(count: number): string {
  return "00".repeat(count);
}

describe("integers", () => {
  test.each([
    ["05", 5],
    ["1805", 5],
    ["190005", 5],
    ["1a00000005", 5],
    ["1b0000000000000005", 5],
    ["1b001fffffffffffff", Number.MAX_SAFE_INTEGER],
  ])("%s, of any width", (hex, value) => {
    expect(reader(hex).uint()).toBe(value);
    expect(reader(hex).uint64()).toBe(BigInt(value));
  });

  test("of 64 bits", () => {
    expect(reader("1bffffffffffffffff").uint64()).toBe((1n << 64n) - 1n);
    expect(() => reader("1bffffffffffffffff").uint()).toThrow(INVALID);
    expect(() => reader("1b0020000000000000").uint()).toThrow(INVALID);
    expect(() => reader("1bffffff").uint64()).toThrow(INVALID);
  });

  test("beyond what the field can hold", () => {
    expect(reader("18ff").uint(255)).toBe(255);
    expect(() => reader("190100").uint(255)).toThrow(INVALID);
  });

  test.each([
    "20",
    "40",
    "60",
    "80",
    "a0",
    "c001",
    "f4",
    "f6",
    "f90000",
    "1c",
    "1d",
    "1e",
    "1f",
    "18",
    "19ff",
    "",
  ])("%s is none", (hex) => {
    expect(() => reader(hex).uint()).toThrow(INVALID);
  });
});

describe("strings", () => {
  test("are views of definite length", () => {
    const data = fromHex("430102035803040506");
    const cursor = new CborReader(data);
    const first = cursor.bytes();
    expect(toHex(first)).toBe("010203");
    expect(first.buffer).toBe(data.buffer);
    expect(toHex(cursor.bytes(3))).toBe("040506");
    expect(cursor.done).toBe(true);
    expect(cursor.offset).toBe(9);
  });

  test("of a fixed length", () => {
    expect(() => reader("43010203").bytes(2)).toThrow(INVALID);
  });

  test("keep a byte order mark, and refuse what is not UTF-8", () => {
    expect(reader("63efbbbf").text()).toBe("\ufeff");
    expect(() => reader("61ff").text()).toThrow(
      expect.objectContaining({ code: "OCKAM_CODEC_INVALID_UTF8" }),
    );
  });

  test("of indefinite length are refused where one is read, and skipped where none is", () => {
    expect(() => reader("5f4101ff").bytes()).toThrow(INVALID);
    expect(() => reader("7f6161ff").text()).toThrow(INVALID);
    for (const hex of ["5fff", "5f4101420203ff", "7f61616162ff"]) {
      const cursor = reader(`${hex}05`);
      cursor.skip();
      expect(cursor.uint()).toBe(5);
    }
    for (const hex of ["5f6161ff", "5f5f4101ffff", "5f4101", "7f4101ff"]) {
      expect(() => reader(hex).skip()).toThrow(INVALID);
    }
  });

  test("a length that is a lie", () => {
    for (const lie of ["5a7fffffff", "5b001fffffffffffff", "5bffffffffffffffff", "58ff", "41"]) {
      expect(() => reader(lie).bytes()).toThrow(INVALID);
      expect(() => reader(lie).skip()).toThrow(INVALID);
    }
    expect(() => reader("7a7fffffff").text()).toThrow(INVALID);
  });
});

describe("simple values", () => {
  test("booleans", () => {
    expect(reader("f4").bool()).toBe(false);
    expect(reader("f5").bool()).toBe(true);
    for (const hex of ["00", "f6", "f7"]) expect(() => reader(hex).bool()).toThrow(INVALID);
  });

  test("null is consumed, undefined is not null", () => {
    const cursor = reader("f6f7");
    expect(cursor.null()).toBe(true);
    expect(cursor.null()).toBe(false);
    expect(cursor.offset).toBe(1);
  });
});

/** A structure [uint, ? uint, ? text], as an older peer knows it. */
function readStructure(hex: string): readonly unknown[] {
  const cursor = reader(hex);
  const items = cursor.array();
  items.need("first");
  const fields = [cursor.uint(), items.optional(() => cursor.uint()), items.optional(() => cursor.text())];
  items.end();
  return fields;
}

describe("structures as arrays", () => {
  test.each([
    ["8101", [1, undefined, undefined]],
    ["820102", [1, 2, undefined]],
    ["8301026161", [1, 2, "a"]],
    ["8301f66161", [1, undefined, "a"]],
    ["8301f6f6", [1, undefined, undefined]],
    ["9f01ff", [1, undefined, undefined]],
    ["9f01026161ff", [1, 2, "a"]],
    ["98030102616100", [1, 2, "a"]],
    ["9a000000030102616100", [1, 2, "a"]],
    ["840102616105", [1, 2, "a"]],
    ["85010261618201a101c10203", [1, 2, "a"]],
    ["9f010261618201029f9fffffff", [1, 2, "a"]],
  ])("%s", (hex, expected) => {
    expect(readStructure(hex)).toEqual(expected);
  });

  test.each([
    ["80", "a field is missing"],
    ["9fff", "a field is missing"],
    ["81f6", "null for a field that must be there"],
    ["8201f7", "undefined is not null"],
    ["82c10102", "a tag"],
    ["a10102", "a map"],
    ["8201", "cut off"],
    ["9f01", "never ended"],
    ["83010261", "a text cut off"],
    ["8401026161", "an item is missing"],
    ["8401026161ff", "a break in an array of definite length"],
    ["9b001fffffffffffff01", "more items than bytes"],
    ["9bffffffffffffffff01", "more items than a number can hold"],
  ])("%s: %s", (hex) => {
    expect(() => readStructure(hex)).toThrow(INVALID);
  });
});

/** A structure {1: uint, ? 2: uint}; of a key that comes twice the last value counts. */
function readKeyed(hex: string): readonly unknown[] {
  const cursor = reader(hex);
  const entries = cursor.map();
  let first: number | undefined;
  let second: number | undefined;
  while (entries.next()) {
    const key = cursor.uint();
    if (key === 1) first = cursor.uint();
    else if (key === 2) second = cursor.null() ? undefined : cursor.uint();
    else cursor.skip();
  }
  entries.end();
  return [first, second];
}

describe("structures as maps", () => {
  test.each([
    ["a10105", [5, undefined]],
    ["a201050206", [5, 6]],
    ["a202060105", [5, 6]],
    ["a2010502f6", [5, undefined]],
    ["bf01050206ff", [5, 6]],
    ["b9000218010519000206", [5, 6]],
    ["a301050307020600", [5, 6]],
    ["a3010503a16161820141ff0206", [5, 6]],
    ["a201050106", [6, undefined]],
  ])("%s", (hex, expected) => {
    expect(readKeyed(hex)).toEqual(expected);
  });

  test.each(["a1616105", "a101", "a20105", "bf0105", "a12005", "bb001fffffffffffff0105"])(
    "%s is none",
    (hex) => {
      expect(() => readKeyed(hex)).toThrow(INVALID);
    },
  );
});

describe("enums", () => {
  test.each(["820380", "82180380", "98020380"])("%s", (hex) => {
    const cursor = reader(hex);
    expect(cursor.variant()).toBe(3);
    cursor.array().end();
    expect(cursor.done).toBe(true);
  });

  test.each(["9f0380ff", "8103", "83038000", "03", "8261618080"])("%s is none", (hex) => {
    expect(() => reader(hex).variant()).toThrow(INVALID);
  });
});

describe("bombs", () => {
  const openers = ["81", "9f", "a100", "bf00", "c1", "8201", "9a00000001"];

  test.each(openers)("skips %s no deeper than the limit", (opener) => {
    const nested = (depth: number): CborReader => reader(`${opener.repeat(depth)}00`);
    expect(() => nested(MAX_CBOR_DEPTH + 1).skip()).toThrow(INVALID);
    expect(() => nested(100_000).skip()).toThrow(INVALID);
  });

  test("reads no deeper than the limit", () => {
    const cursor = reader("81".repeat(MAX_CBOR_DEPTH + 1) + "00");
    for (let i = 0; i < MAX_CBOR_DEPTH; i++) cursor.array().need("next");
    expect(() => cursor.array()).toThrow(INVALID);
  });

  test("counts what is open when it skips", () => {
    const atLimit = reader("81".repeat(MAX_CBOR_DEPTH) + "00");
    atLimit.array().need("next");
    atLimit.skip();
    expect(atLimit.done).toBe(true);
    const beyond = reader("81".repeat(MAX_CBOR_DEPTH + 1) + "00");
    beyond.array().need("next");
    expect(() => beyond.skip()).toThrow(INVALID);
  });

  test("a level that is closed does not count", () => {
    const cursor = new CborReader(fromHex("80".repeat(100)), { maxDepth: 1 });
    for (let i = 0; i < 100; i++) cursor.array().end();
    expect(cursor.done).toBe(true);
  });

  test("very many empty arrays are skipped without recursion", () => {
    const count = MAX_CBOR_SKIPPED_ITEMS - 1;
    const opener = new CborWriter().array(count).finish();
    const cursor = new CborReader(concatBytes(opener, new Uint8Array(count).fill(0x80)));
    cursor.skip();
    expect(cursor.done).toBe(true);
  });
});

test("raw is the item as it came", () => {
  const cursor = reader("9f1800ff05");
  expect(toHex(cursor.raw())).toBe("9f1800ff");
  expect(cursor.uint()).toBe(5);
});

const widths = fc.constantFrom(0, 1, 2, 4, 8);

function head(major: number, argument: number, width: number): Uint8Array {
  const shortest = new CborWriter().uint(argument).finish();
  const least = shortest.length - 1;
  const size = Math.max(width, least);
  if (size === 0) return Uint8Array.of((major << 5) | argument);
  const bytes = new Uint8Array(size + 1);
  bytes[0] = (major << 5) | (24 + Math.log2(size));
  let rest = argument;
  for (let i = size; i > 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** One of the many encodings of any value. */
const { item: encodings } = fc.letrec<{ item: Uint8Array }>((tie) => ({
  item: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(fc.maxSafeNat(), widths).map(([value, width]) => head(0, value, width)),
    fc.constantFrom(0xf4, 0xf5, 0xf6).map((byte) => Uint8Array.of(byte)),
    fc
      .tuple(fc.uint8Array({ maxLength: 40 }), widths)
      .map(([content, width]) => concatBytes(head(2, content.length, width), content)),
    fc.tuple(fc.string({ maxLength: 40 }), widths).map(([text, width]) => {
      const utf8 = encodeUtf8(text);
      return concatBytes(head(3, utf8.length, width), utf8);
    }),
    fc
      .tuple(fc.array(tie("item"), { maxLength: 8 }), widths, fc.boolean())
      .map(([items, width, indefinite]) => container(4, items.length, width, indefinite, items)),
    fc
      .tuple(fc.array(fc.tuple(fc.nat(), tie("item")), { maxLength: 8 }), widths, fc.boolean())
      .map(([entries, width, indefinite]) => {
        const parts = entries.flatMap(([key, item]) => [head(0, key, 0), item]);
        return container(5, entries.length, width, indefinite, parts);
      }),
  ),
}));

function container(
  major: number,
  count: number,
  width: number,
  indefinite: boolean,
  parts: readonly Uint8Array[],
): Uint8Array {
  if (!indefinite) return concatBytes(head(major, count, width), ...parts);
  return concatBytes(Uint8Array.of((major << 5) | 31), ...parts, Uint8Array.of(0xff));
}

/** Reads an item of any type into the values that cbor-x makes of it. */
function readAny(cursor: CborReader, data: Uint8Array): unknown {
  const major = data[cursor.offset]! >> 5;
  if (major === 0) return cursor.uint();
  if (major === 2) return toHex(cursor.bytes());
  if (major === 3) return cursor.text();
  if (major === 7) return cursor.null() ? null : cursor.bool();
  const values: unknown[] = [];
  const items = major === 4 ? cursor.array() : cursor.map();
  while (items.next()) {
    values.push(major === 4 ? readAny(cursor, data) : [cursor.uint(), readAny(cursor, data)]);
  }
  items.end();
  return major === 4 ? values : { entries: new Map(values as [number, unknown][]) };
}

function fromOracle(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(fromOracle);
  if (value instanceof Map) {
    return { entries: new Map([...value].map(([key, one]) => [Number(key), fromOracle(one)])) };
  }
  return value;
}

test("reads what cbor-x reads, in any encoding", { timeout: TIMEOUT }, () => {
  fc.assert(
    fc.property(encodings, (bytes) => {
      const cursor = new CborReader(bytes);
      expect(readAny(cursor, bytes)).toEqual(fromOracle(oracle.decode(bytes)));
      expect(cursor.done).toBe(true);
      const skipped = new CborReader(bytes);
      skipped.skip();
      expect(skipped.done).toBe(true);
    }),
    { numRuns: 300 * SCALE },
  );
});

test("skips all that cbor-x writes, also floats, tags and negative numbers", { timeout: TIMEOUT }, () => {
  const encoder = new Encoder({ useRecords: false, mapsAsObjects: false, tagUint8Array: false });
  const anything = fc.anything({
    maxDepth: 3,
    values: [fc.integer(), fc.string(), fc.double(), fc.uint8Array()],
  });
  fc.assert(
    fc.property(anything, (value) => {
      const bytes = encoder.encode(value);
      const cursor = new CborReader(bytes);
      cursor.skip();
      expect(cursor.offset).toBe(bytes.length);
    }),
    { numRuns: 200 * SCALE },
  );
});

test.each(["9affffffff00", "82", "baffffffff0000", "a100"])("%s announces more than follows", (hex) => {
  expect(() =>
    hex.startsWith("9") || hex.startsWith("8") ? reader(hex).array() : reader(hex).map(),
  ).toThrow(INVALID);
});

describe("what is skipped is limited", () => {
  test("in one call", () => {
    const most = reader(`9f${zeros(MAX_CBOR_SKIPPED_ITEMS - 1)}ff`);
    most.skip();
    expect(most.done).toBe(true);
    expect(() => reader(`9f${zeros(MAX_CBOR_SKIPPED_ITEMS)}ff`).skip()).toThrow(INVALID);
  });

  test("in all calls of one reader together", () => {
    const items = reader(zeros(MAX_CBOR_SKIPPED_ITEMS + 1));
    for (let i = 0; i < MAX_CBOR_SKIPPED_ITEMS; i++) items.skip();
    expect(() => items.skip()).toThrow(INVALID);
  });

  test("also where it is the rest of an array", () => {
    const items = reader(`9f${zeros(MAX_CBOR_SKIPPED_ITEMS + 1)}ff`).array();
    expect(() => items.end()).toThrow(INVALID);
  });

  test("also where it is the chunks of a string", () => {
    expect(() => reader(`5f${"40".repeat(MAX_CBOR_SKIPPED_ITEMS)}ff`).skip()).toThrow(INVALID);
  });
});

test("any bytes are skipped or refused", { timeout: TIMEOUT }, () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const error = caught(() => new CborReader(bytes).skip());
      expect(error === undefined || isOckamError(error)).toBe(true);
    }),
    { numRuns: 5000 * SCALE },
  );
});

test("mutated bytes are read or refused, never more than there are", { timeout: TIMEOUT }, () => {
  const mutation = fc.tuple(
    encodings,
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
  );
  fc.assert(
    fc.property(mutation, ([bytes, changes]) => {
      const mutated = bytes.slice();
      for (const [place, byte] of changes) mutated[place % mutated.length] = byte;
      for (const run of [
        (cursor: CborReader) => cursor.skip(),
        (cursor: CborReader) => readAny(cursor, mutated),
      ]) {
        const cursor = new CborReader(mutated);
        const error = caught(() => run(cursor));
        expect(error === undefined || isOckamError(error)).toBe(true);
        expect(cursor.offset).toBeLessThanOrEqual(mutated.length);
      }
    }),
    { numRuns: 2000 * SCALE },
  );
});

test("every prefix of an item is refused", { timeout: TIMEOUT }, () => {
  fc.assert(
    fc.property(encodings, (bytes) => {
      for (let length = 0; length < bytes.length; length++) {
        expect(isOckamError(caught(() => new CborReader(bytes.subarray(0, length)).skip()))).toBe(true);
      }
    }),
    { numRuns: 50 * SCALE },
  );
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
