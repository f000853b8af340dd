import fc from "fast-check";
import { expect, test } from "vitest";

import {
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  equalBytes,
  expectBytes,
  fromHex,
  toHex,
  zeroBytes,
} from "./bytes.ts";

test("an argument of another type or length is refused with its name", () => {
  expect(expectBytes(Uint8Array.of(1), 1, "key")).toEqual(Uint8Array.of(1));
  expect(() => expectBytes(Uint8Array.of(1), 32, "key")).toThrow(
    '"key" expected Uint8Array of length 32, got length=1',
  );
  // @ts-expect-error a programmer without types
  expect(() => expectBytes("text", 1, "key")).toThrow(TypeError);
});

test("joins and compares", () => {
  expect(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(
    Uint8Array.of(1, 2, 3),
  );
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
});

test("zeroes secrets in place", () => {
  const secret = Uint8Array.of(1, 2, 3);
  zeroBytes(secret);
  expect(secret).toEqual(new Uint8Array(3));
});

test("hex and UTF-8 round trip", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => equalBytes(fromHex(toHex(bytes)), bytes)));
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => decodeUtf8(encodeUtf8(text)) === text));
});

test.each(["0", "0g", " 00", "0x00"])("%j is not hex", (text) => {
  expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: "OCKAM_CODEC_INVALID_HEX" }));
});

test("bytes that are not UTF-8 are refused, a byte order mark is kept", () => {
  expect(() => decodeUtf8(Uint8Array.of(0xff))).toThrow(
    expect.objectContaining({ code: "OCKAM_CODEC_INVALID_UTF8" }),
  );
  expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf))).toBe("\ufeff");
});
