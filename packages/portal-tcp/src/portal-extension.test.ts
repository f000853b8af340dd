import { concatBytes, fromHex, toHex } from "@ockam/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { decodeExtension, encodeExtension, hasStreamControl, STREAM_CONTROL } from "./portal-extension.ts";

const EXAMPLE = "4f5058010009000000070004000000";

describe("the extension", () => {
  test("the worked example of docs/protocol/portals.md", () => {
    const extension = { capabilities: STREAM_CONTROL, credit: 262_144, status: 0 };
    expect(toHex(encodeExtension(extension))).toBe(EXAMPLE);
    expect(decodeExtension(fromHex(EXAMPLE))).toEqual(extension);
  });

  test("a later version adds: what is known is read", () => {
    const later = "4f505802000c800000070004000005aabbcc";
    const extension = decodeExtension(fromHex(later))!;
    expect(extension.credit).toBe(262_144);
    expect(extension.status).toBe(5);
    expect(hasStreamControl(extension)).toBe(true);
    // Bytes behind the announced length belong to something else.
    expect(decodeExtension(fromHex(`${later}ff`))).toEqual(extension);
  });

  test.each([
    ["nothing", ""],
    ["what Rust was seen to ignore", "ffff"],
    ["another magic", "4f5059010009000000070004000000"],
    ["version 0", "4f5058000009000000070004000000"],
    ["a length that is too small", "4f5058010008000000070004000000"],
    ["a length beyond the bytes", "4f505801000a000000070004000000"],
    ["one that is cut off", EXAMPLE.slice(0, -2)],
  ])("%s is no extension, and no error", (_what, hex) => {
    expect(decodeExtension(fromHex(hex))).toBeUndefined();
  });

  test("all of the capabilities are needed", () => {
    for (let capabilities = 0; capabilities < 16; capabilities++) {
      const read = decodeExtension(encodeExtension({ capabilities, credit: 1, status: 0 }));
      expect(hasStreamControl(read)).toBe((capabilities & 7) === 7);
    }
    expect(hasStreamControl(undefined)).toBe(false);
  });

  test("any bytes are read without an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        decodeExtension(bytes);
        const marked = concatBytes(fromHex("4f505801"), bytes);
        const read = decodeExtension(marked);
        if (read !== undefined) expect(marked.length).toBeGreaterThanOrEqual(15);
      }),
    );
  });
});
