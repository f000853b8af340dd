import { gzipSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";

import lz4Frames from "../vectors/lz4-frames.json" with { type: "json" };
import { arbitraryContent } from "../testing/arbitrary-content.ts";
import { SCALE } from "../testing/scale.ts";
import { COMPRESSIONS, compress, decompress } from "./compression.ts";
import { lz4CompressBlock } from "./lz4-block.ts";
import { lz4Compress, lz4Decompress } from "./lz4.ts";
import { snappyDecompress } from "./snappy.ts";

const LIMIT = 1 << 20;
const invalid = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS" });
const beyondLimit = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT" });
const compressed = COMPRESSIONS.filter((name) => name !== "none");

describe.each(compressed)("%s", (name) => {
  test("there and back", () => {
    fc.assert(
      fc.property(arbitraryContent, fc.constantFrom(0, 1, 2), (data, magic) => {
        expect(decompress(name, compress(name, data, magic), magic, LIMIT)).toEqual(data);
      }),
      { numRuns: 50 * SCALE },
    );
  });

  test("more than one block", () => {
    const data = Uint8Array.from({ length: 300_000 }, (_, index) => (index * index) >> (index % 7));
    const packed = compress(name, data, 2);
    expect(packed.length).toBeLessThan(data.length);
    expect(decompress(name, packed, 2, LIMIT)).toEqual(data);
  });

  test("no more than the limit comes out", () => {
    const bomb = compress(name, new Uint8Array(LIMIT + 1), 2);
    expect(bomb.length).toBeLessThan(LIMIT / 10);
    expect(() => decompress(name, bomb, 2, LIMIT)).toThrow(beyondLimit);
    expect(() => decompress(name, bomb, 2, 0)).toThrow(beyondLimit);
    expect(decompress(name, compress(name, new Uint8Array(LIMIT), 2), 2, LIMIT).length).toBe(LIMIT);
  });

  test("damaged data is refused", () => {
    const packed = compress(name, new TextEncoder().encode("records ".repeat(30)), 2);
    expect(() => decompress(name, packed.subarray(0, packed.length - 1), 2, LIMIT)).toThrow(invalid);
    expect(() => decompress(name, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 2, LIMIT)).toThrow(
      invalid,
    );
  });
});

test("what a runtime lacks is named", () => {
  const packed = gzipSync("x");
  vi.stubGlobal("process", { getBuiltinModule: () => undefined });
  try {
    for (const name of ["gzip", "zstd"] as const) {
      const unavailable = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE" });
      expect(() => compress(name, packed, 2)).toThrow(unavailable);
      expect(() => decompress(name, packed, 2, LIMIT)).toThrow(unavailable);
    }
    expect(decompress("lz4", compress("lz4", packed, 2), 2, LIMIT)).toEqual(new Uint8Array(packed));
  } finally {
    vi.unstubAllGlobals();
  }
});

test("snappy: one block without Java's chunks, as other clients write it", () => {
  // Length 10, literal "ab", copy of 8 from 2 back: the format's description.
  expect(snappyDecompress(Uint8Array.of(10, 0x04, 0x61, 0x62, 0x11, 0x02), LIMIT)).toEqual(
    new TextEncoder().encode("ababababab"),
  );
  for (const distance of [0, 3, 255]) {
    expect(() => snappyDecompress(Uint8Array.of(6, 0x04, 0x61, 0x62, 0x01, distance), LIMIT)).toThrow(
      invalid,
    );
  }
  expect(() => snappyDecompress(Uint8Array.of(3, 0x04, 0x61, 0x62), LIMIT)).toThrow(invalid);
  expect(() => snappyDecompress(Uint8Array.of(1, 0x04, 0x61, 0x62), LIMIT)).toThrow(invalid);
});

describe("LZ4 frames of LZ4's own command", () => {
  const expected = Uint8Array.from({ length: 150_000 }, (_, index) => (index % 997) ** 2 % 251);
  test.each(Object.entries(lz4Frames))("%s", (name, { frame }) => {
    const bytes = Uint8Array.from(Buffer.from(frame, "hex"));
    expect(lz4Decompress(bytes, LIMIT)).toEqual(expected);
    if (!name.includes("checksums")) return;
    // Header, a block, a block's checksum, the content's checksum.
    for (const at of [4, 5, 200, bytes.length - 10, bytes.length - 1]) {
      const damaged = bytes.slice();
      damaged[at]! ^= 0x01;
      expect(() => lz4Decompress(damaged, LIMIT)).toThrow(invalid);
    }
  });

  test("the last twelve bytes of a block have no match, as the format asks", () => {
    expect(lz4CompressBlock(new Uint8Array(12))).toEqual(Uint8Array.of(0xc0, ...new Uint8Array(12)));
    expect(lz4CompressBlock(new Uint8Array(40)).length).toBeLessThan(20);
  });

  test("the header of magic 0 is hashed with its magic number", () => {
    const data = new TextEncoder().encode("records ".repeat(9));
    const packed = lz4Compress(data, { legacyHeader: true });
    expect(lz4Decompress(packed, LIMIT, { legacyHeader: true })).toEqual(data);
    expect(() => lz4Decompress(packed, LIMIT)).toThrow(invalid);
  });
});
