import fc from "fast-check";
import { expect, test } from "vitest";

import {
  decodeBareBytes,
  decodeBareString,
  decodeUvarint,
  encodeBareBytes,
  encodeBareString,
  encodeUvarint,
  MAX_UVARINT_LENGTH,
} from "./bare.ts";
import { concatBytes, fromHex, toHex } from "./bytes.ts";
import { isOckamError } from "./error.ts";

const scale = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

test.each([
  [0, "00"],
  [127, "7f"],
  [128, "8001"],
  [300, "ac02"],
  [Number.MAX_SAFE_INTEGER, "ffffffffffffff0f"],
])("the number %s in its shortest form", (value, hex) => {
  expect(toHex(encodeUvarint(value))).toBe(hex);
  expect(decodeUvarint(fromHex(hex))).toEqual({ value, end: hex.length / 2 });
});

test("a form that is not the shortest is read", () => {
  expect(decodeUvarint(fromHex("8500"))).toEqual({ value: 5, end: 2 });
});

test.each([
  ["cut off", "80"],
  ["empty", ""],
  [`longer than ${MAX_UVARINT_LENGTH} bytes`, "8080808080808080808000"],
  ["beyond 2^53 - 1", "ffffffffffffff1f"],
])("a number that is %s is refused", (_, hex) => {
  expect(() => decodeUvarint(fromHex(hex))).toThrow(
    expect.objectContaining({ code: "OCKAM_CODEC_INVALID_BARE" }),
  );
});

test("a string", () => {
  expect(toHex(encodeBareString("hello"))).toBe("0568656c6c6f");
  expect(decodeBareString(fromHex("0568656c6c6fffff"))).toBe("hello");
});

test("data that announces more than follows is refused before anything is allocated", () => {
  expect(() => decodeBareBytes(fromHex("ffffffffffffff0f00"))).toThrow(
    /announces 9007199254740991 bytes, 1 follow/,
  );
});

test("round trips, with anything behind", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (bytes, rest) => {
      expect(Array.from(decodeBareBytes(concatBytes(encodeBareBytes(bytes), rest)))).toEqual(
        Array.from(bytes),
      );
    }),
  );
  fc.assert(fc.property(fc.maxSafeNat(), (value) => decodeUvarint(encodeUvarint(value)).value === value));
});

test("any bytes are read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      try {
        decodeBareString(bytes);
      } catch (error) {
        expect(isOckamError(error)).toBe(true);
      }
    }),
    { numRuns: 2_000 * scale },
  );
});
