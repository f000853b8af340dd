import { Encoder } from "cbor-x";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { fromHex, toHex } from "./bytes.ts";
import { CborWriter } from "./cbor-writer.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const oracle = new Encoder({ useRecords: false, tagUint8Array: false, mapsAsObjects: false });

describe("the examples of RFC 8949, appendix A", () => {
  test.each([
    [0, "00"],
    [23, "17"],
    [24, "1818"],
    [100, "1864"],
    [255, "18ff"],
    [256, "190100"],
    [1000, "1903e8"],
    [65_535, "19ffff"],
    [65_536, "1a00010000"],
    [1_000_000, "1a000f4240"],
    [4_294_967_295, "1affffffff"],
    [4_294_967_296, "1b0000000100000000"],
    [1_000_000_000_000, "1b000000e8d4a51000"],
    [Number.MAX_SAFE_INTEGER, "1b001fffffffffffff"],
    [18_446_744_073_709_551_615n, "1bffffffffffffffff"],
    [24n, "1818"],
  ])("the integer %s", (value, hex) => {
    expect(toHex(new CborWriter().uint(value).finish())).toBe(hex);
  });

  test("strings, booleans, null", () => {
    const writer = new CborWriter(0).bytes(fromHex("01020304")).text("").text("IETF").text("ü").text("水");
    expect(toHex(writer.bool(false).bool(true).null().finish())).toBe(
      "440102030460644945544662c3bc63e6b0b4f4f5f6",
    );
  });

  test("arrays and maps", () => {
    const writer = new CborWriter().array(3).uint(1).array(2).uint(2).uint(3).array(2).uint(4).uint(5);
    writer.map(2).uint(1).uint(2).uint(3).uint(4);
    expect(toHex(writer.finish())).toBe("8301820203820405a201020304");
  });
});

test("an enum is a pair, also without fields", () => {
  expect(toHex(new CborWriter().variant(1).array(0).finish())).toBe("820180");
});

test("only the head of a byte string", () => {
  const writer = new CborWriter();
  expect(toHex(writer.bytesHead(0x1_00_00).finish())).toBe("5a00010000");
  expect(writer.length).toBe(5);
});

test("a programmer's mistakes", () => {
  const writer = new CborWriter();
  for (const value of [-1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1, -1n, 1n << 64n]) {
    expect(() => writer.uint(value)).toThrow(RangeError);
  }
});

/** A value that both libraries can write. */
type Value = boolean | null | bigint | string | Uint8Array | readonly Value[] | Map<number, Value>;

const { value: values } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.boolean(),
    fc.constant(null),
    fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
    fc.string({ unit: "binary" }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 30 }),
    fc.array(fc.tuple(fc.nat(70_000), tie("value")), { maxLength: 30 }).map((entries) => new Map(entries)),
  ),
}));

test("writes what cbor-x writes", { timeout: 20_000 + 1000 * SCALE }, () => {
  fc.assert(
    fc.property(values, (value) => {
      const writer = new CborWriter();
      write(writer, value);
      expect(toHex(writer.finish())).toBe(toHex(oracle.encode(forOracle(value))));
    }),
    { numRuns: 300 * SCALE },
  );
});

function write(writer: CborWriter, value: Value): void {
  if (value === null) writer.null();
  else if (typeof value === "boolean") writer.bool(value);
  else if (typeof value === "bigint") writer.uint(value);
  else if (typeof value === "string") writer.text(value);
  else if (value instanceof Uint8Array) writer.bytes(value);
  else if (value instanceof Map) {
    writer.map(value.size);
    for (const [key, item] of value) {
      writer.uint(key);
      write(writer, item);
    }
  } else {
    writer.array(value.length);
    for (const item of value) write(writer, item);
  }
}

/** Writes a bigint in eight bytes always, so that it is given a number where one does; numbers keep 32 bits. */
function forOracle(value: Value): unknown {
  if (typeof value === "bigint") return value < 1n << 32n ? Number(value) : value;
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, forOracle(item)]));
  return Array.isArray(value) ? value.map((item: Value) => forOracle(item)) : value;
}
