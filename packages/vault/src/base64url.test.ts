import { assert, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";

import { decodeBase64url, encodeBase64url } from "./base64url.ts";

test("it is the base64url of Node.js, both ways", () => {
  assert(
    property(uint8Array({ maxLength: 70 }), (bytes) => {
      const text = encodeBase64url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64url"));
      expect(decodeBase64url(text)).toEqual(bytes);
    }),
  );
});

test.each(["a=", "a b", "+/", "é"])("%j is refused", (text) => {
  expect(() => decodeBase64url(text)).toThrow(RangeError);
});
