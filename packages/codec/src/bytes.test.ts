import fc from "fast-check";
import { describe, expect, test } from "vitest";

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

test("arguments are checked by type and length", () => {
  const bytes = Uint8Array.of(1, 2);
  expect(expectBytes(bytes, 2, "key")).toBe(bytes);
  expect(expectBytes(bytes, undefined, "key")).toBe(bytes);
  expect(() => expectBytes(bytes, 32, "key")).toThrow(
    new RangeError('"key" expected Uint8Array of length 32, got length=2'),
  );
  const others: readonly unknown[] = ["text", [1, 2], new ArrayBuffer(2), null];
  for (const other of others) {
    expect(() => expectBytes(other as Uint8Array, undefined, "key")).toThrow(TypeError);
  }
});

describe("hex", () => {
  test("both ways", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes);
      }),
    );
  });

  test.each(["0", "0x", "zz", "0 1", "00 ", "0g"])('"%s" is none', (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: "OCKAM_CODEC_INVALID_HEX" }));
  });
});

test("bytes are joined and compared", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(concatBytes(a, b)).toEqual(Uint8Array.from([...a, ...b]));
      expect(equalBytes(a, a.slice())).toBe(true);
      expect(equalBytes(a, b)).toBe(toHex(a) === toHex(b));
    }),
  );
  expect(concatBytes()).toEqual(new Uint8Array(0));
});

test("secrets are overwritten", () => {
  const secrets = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  zeroBytes(...secrets);
  expect(secrets).toEqual([new Uint8Array(2), new Uint8Array(1)]);
});

test("text is UTF-8, as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(decodeUtf8(encodeUtf8(text))).toBe(text);
    }),
  );
  for (const hex of ["ff", "c0af", "eda080", "e282"]) {
    expect(() => decodeUtf8(fromHex(hex))).toThrow(
      expect.objectContaining({ code: "OCKAM_CODEC_INVALID_UTF8" }),
    );
  }
});
