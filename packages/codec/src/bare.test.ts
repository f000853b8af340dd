import fc from "fast-check";
import { describe, expect, test } from "vitest";

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

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const INVALID = expect.objectContaining({ code: "OCKAM_CODEC_INVALID_BARE" });

describe("unsigned varints", () => {
  test.each([
    [0, "00"],
    [1, "01"],
    [127, "7f"],
    [128, "8001"],
    [300, "ac02"],
    [16_383, "ff7f"],
    [16_384, "808001"],
    [2 ** 32, "8080808010"],
    [Number.MAX_SAFE_INTEGER, "ffffffffffffff0f"],
  ])("%s is %s", (value, hex) => {
    expect(toHex(encodeUvarint(value))).toBe(hex);
    expect(decodeUvarint(fromHex(hex))).toEqual({ value, end: hex.length / 2 });
  });

  test.each([
    ["8000", 0],
    ["858000", 5],
    ["80808080808080808000", 0],
    ["85808080808080808000", 5],
  ])("%s, a longer form, is accepted", (hex, value) => {
    expect(decodeUvarint(fromHex(hex))).toEqual({ value, end: hex.length / 2 });
  });

  test.each([
    ["", "nothing"],
    ["80", "cut off"],
    ["8080808080808080", "cut off"],
    ["ffffffffffffff1f", "2^53 and more"],
    ["80808080808080808001", "2^63"],
    ["80808080808080808002", "a 10th byte above 1"],
    ["8080808080808080808000", "11 bytes"],
  ])("%s: %s", (hex) => {
    expect(() => decodeUvarint(fromHex(hex))).toThrow(INVALID);
  });

  test("take at most ten bytes", () => {
    const longest = new Uint8Array(MAX_UVARINT_LENGTH).fill(0x80);
    longest[MAX_UVARINT_LENGTH - 1] = 0;
    expect(decodeUvarint(longest).end).toBe(MAX_UVARINT_LENGTH);
    expect(() => decodeUvarint(concatBytes(Uint8Array.of(0x80), longest))).toThrow(INVALID);
  });

  test("a programmer's mistakes", () => {
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53])
      expect(() => encodeUvarint(value)).toThrow(RangeError);
  });

  test("are read where they stand", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.maxSafeNat(), fc.uint8Array(), (before, value, after) => {
        const varint = encodeUvarint(value);
        const end = before.length + varint.length;
        expect(decodeUvarint(concatBytes(before, varint, after), before.length)).toEqual({ value, end });
      }),
      { numRuns: 200 * SCALE },
    );
  });
});

describe("strings and data", () => {
  test("the string hello", () => {
    expect(toHex(encodeBareString("hello"))).toBe("0568656c6c6f");
    expect(decodeBareString(fromHex("0568656c6c6f"))).toBe("hello");
  });

  test("bytes after the value are ignored", () => {
    expect(decodeBareString(fromHex("0161ffff"))).toBe("a");
    expect(toHex(decodeBareBytes(fromHex("02ff0001")))).toBe("ff00");
  });

  test("data is a view", () => {
    const data = fromHex("020102");
    expect(decodeBareBytes(data).buffer).toBe(data.buffer);
  });

  test("a length that is a lie", () => {
    for (const hex of ["01", "0261", "ffffffff0f61", "ffffffffffffff0f61"]) {
      expect(() => decodeBareBytes(fromHex(hex))).toThrow(INVALID);
    }
  });

  test("text must be UTF-8", () => {
    expect(() => decodeBareString(fromHex("01ff"))).toThrow(
      expect.objectContaining({ code: "OCKAM_CODEC_INVALID_UTF8" }),
    );
  });

  test("come back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.uint8Array({ maxLength: 300 }), (text, bytes) => {
        expect(decodeBareString(encodeBareString(text))).toBe(text);
        expect(decodeBareBytes(encodeBareBytes(bytes))).toEqual(bytes);
      }),
      { numRuns: 200 * SCALE },
    );
  });

  test("mutated bytes are read or refused", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(255), fc.nat(3), (text, place, byte, cut) => {
        const mutated = encodeBareString(text);
        mutated[place % mutated.length] = byte;
        const input = mutated.subarray(0, Math.max(0, mutated.length - cut));
        try {
          expect(decodeBareString(input)).toBeTypeOf("string");
        } catch (error) {
          expect(isOckamError(error)).toBe(true);
        }
      }),
      { numRuns: 2000 * SCALE },
    );
  });
});
