import fc from "fast-check";
import { expect, test } from "vitest";

import { formatUuid, parseUuid, ZERO_UUID } from "./uuid.ts";

test("every UUID there and back, as base64url has it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = formatUuid(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64url"));
      expect(parseUuid(text)).toEqual(bytes);
    }),
  );
  expect(parseUuid(ZERO_UUID)).toEqual(new Uint8Array(16));
});

test.each([
  "",
  "AAAAAAAAAAAAAAAAAAAAAB",
  "AAAAAAAAAAAAAAAAAAAAA=",
  "AAAAAAAAAAAAAAAAAAAAAAA",
  "AAAAAAAAAAAAAAAAAAAA+A",
])("%j is none", (text) => {
  expect(() => parseUuid(text)).toThrow(RangeError);
});

test("too few bytes", () => {
  expect(() => formatUuid(new Uint8Array(16), 1)).toThrow(RangeError);
});
