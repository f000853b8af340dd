import fc from "fast-check";
import { expect, test } from "vitest";

import { fromBase64Url, toBase64Url } from "./base64url.ts";

test("bytes come back, and are what Node.js writes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = toBase64Url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromBase64Url(text)).toEqual(bytes);
    }),
  );
});

test("bytes have one text only", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\w-]{0,40}$/), (text) => {
      const bytes = fromBase64Url(text);
      if (bytes !== undefined) expect(toBase64Url(bytes)).toBe(text);
    }),
  );
  for (const text of ["A", "AB", "AAAAA", "AA==", "A+", "A A", "é"])
    expect(fromBase64Url(text)).toBeUndefined();
});
