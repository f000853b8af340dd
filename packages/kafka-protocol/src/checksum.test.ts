import { crc32 as nodeCrc32 } from "node:zlib";

import fc from "fast-check";
import { expect, test } from "vitest";

import { crc32, crc32c } from "./crc32.ts";
import { xxhash32 } from "./xxhash32.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const check = text("123456789");

test("CRC-32: the check value of the catalogue of parametrised CRC algorithms, and node:zlib", () => {
  expect(crc32(check)).toBe(0xcbf43926);
  const start = fc.integer({ min: 0, max: 20 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), start, (bytes, from) => {
      // Wherever they lie in memory.
      const view = bytes.subarray(from);
      return crc32(view) === nodeCrc32(view);
    }),
  );
});

test("CRC-32C: the check value, and the examples of RFC 3720 appendix B.4", () => {
  expect(crc32c(check)).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => 31 - index))).toBe(0x113fdb5c);
});

// Of https://github.com/Cyan4973/xxHash and its ports.
test.each([
  ["", 0x02cc5d05],
  ["a", 0x550d7456],
  ["abc", 0x32d153ff],
  ["Nobody inspects the spammish repetition", 0xe2293b2f],
])("XXH32 of %j", (value, hash) => {
  expect(xxhash32(text(value))).toBe(hash);
});
