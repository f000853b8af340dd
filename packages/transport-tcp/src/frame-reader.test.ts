import { concatBytes } from "@ockam/codec";
import { MAX_TRANSPORT_MESSAGE_LENGTH } from "@ockam/core-routing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { FrameReader } from "./frame-reader.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

function frame(body: Uint8Array): Uint8Array {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, body.length);
  return concatBytes(head, body);
}

/** Feeds `stream` in chunks that end at the given places, and returns the frames joined. */
function readAll(stream: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const reader = new FrameReader();
  const frames: Uint8Array[] = [];
  const ends = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].toSorted((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, stream.length]) {
    reader.push(stream.subarray(start, end));
    start = end;
    for (let next = reader.next(); next !== undefined; next = reader.next())
      frames.push(concatBytes(...next));
  }
  expect(reader.atBoundary).toBe(true);
  return frames;
}

describe("FrameReader", () => {
  test("the worked example of the protocol", () => {
    const body = Uint8Array.from([0x83, 0x80, 0x80, 0x40]);
    expect(readAll(Uint8Array.of(1, 0, 0, 0, 4, ...body), [])).toEqual([body]);
  });

  test("frames come out the same wherever the stream is cut", () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9000 }), { maxLength: 6 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(60_000), { maxLength: 40 }), (frames, cuts) => {
        const stream = concatBytes(Uint8Array.of(1), ...frames.map(frame));
        expect(readAll(stream, cuts)).toEqual(frames);
      }),
      { numRuns: 100 * SCALE },
    );
  });

  test("a frame that spans reads is a list of views of them", () => {
    const reader = new FrameReader();
    const [first, second] = [new Uint8Array(5000).fill(1), new Uint8Array(6000).fill(2)];
    reader.push(Uint8Array.of(1, 0, 0, 11000 >> 8, 11000 & 0xff));
    expect(reader.next()).toBeUndefined();
    reader.push(first);
    expect(reader.next()).toBeUndefined();
    reader.push(second);
    const pieces = reader.next()!;
    expect(pieces.map((piece) => piece.buffer)).toEqual([first.buffer, second.buffer]);
    expect(pieces[0]!.buffer).toBe(first.buffer);
    expect(pieces[1]!.buffer).toBe(second.buffer);
  });

  test("single bytes are collected: few pieces, and buffers that the data fill", () => {
    const reader = new FrameReader();
    const length = 100_000;
    reader.push(Uint8Array.of(1, 0, length >> 16, (length >> 8) & 0xff, length & 0xff));
    expect(reader.next()).toBeUndefined();
    let pieces: readonly Uint8Array[] | undefined;
    for (let i = 0; i < length; i++) {
      reader.push(Uint8Array.of(i));
      pieces = reader.next();
    }
    expect(pieces!.length).toBeLessThan(10);
    expect(new Set(pieces!.map((piece) => piece.buffer.byteLength)).size).toBeGreaterThan(1);
    expect(concatBytes(...pieces!)).toEqual(Uint8Array.from({ length }, (_, i) => i));
  });

  test("small and large bits in turn keep their order", () => {
    const reader = new FrameReader();
    const bits = [1, 3000, 1, 1, 5000, 2, 2999].map((length, i) => new Uint8Array(length).fill(i + 1));
    const body = concatBytes(...bits);
    reader.push(concatBytes(Uint8Array.of(1), frame(body).subarray(0, 4)));
    expect(reader.next()).toBeUndefined();
    let pieces: readonly Uint8Array[] | undefined;
    for (const bit of bits) {
      reader.push(bit);
      pieces = reader.next();
    }
    expect(concatBytes(...pieces!)).toEqual(body);
  });

  test.each([0, 2, 0x16, 0x47, 255])("version byte %i is refused", (version) => {
    const reader = new FrameReader();
    reader.push(Uint8Array.of(version));
    expect(() => reader.next()).toThrow(expect.objectContaining({ code: "OCKAM_TCP_INVALID_MESSAGE" }));
  });

  test("an empty frame is refused", () => {
    const reader = new FrameReader();
    reader.push(Uint8Array.of(1, 0, 0, 0, 0));
    expect(() => reader.next()).toThrow(expect.objectContaining({ code: "OCKAM_TCP_INVALID_MESSAGE" }));
  });

  test("16 MiB are allowed, one byte more is refused when it is announced", () => {
    const allowed = new FrameReader();
    allowed.push(concatBytes(Uint8Array.of(1), frame(new Uint8Array(MAX_TRANSPORT_MESSAGE_LENGTH))));
    expect(allowed.next()!.reduce((sum, piece) => sum + piece.length, 0)).toBe(MAX_TRANSPORT_MESSAGE_LENGTH);
    const refused = new FrameReader();
    refused.push(Uint8Array.of(1, 1, 0, 0, 1));
    expect(() => refused.next()).toThrow(expect.objectContaining({ code: "OCKAM_TCP_INVALID_MESSAGE" }));
  });

  test("the end is orderly between two frames only", () => {
    const reader = new FrameReader();
    expect(reader.atBoundary).toBe(true);
    for (const [byte, atBoundary] of [
      [1, true],
      [0, false],
      [0, false],
      [0, false],
      [2, false],
      [7, false],
      [7, true],
    ] as const) {
      reader.push(Uint8Array.of(byte));
      reader.next();
      expect(reader.atBoundary).toBe(atBoundary);
    }
  });
});
