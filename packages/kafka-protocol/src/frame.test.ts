import fc from "fast-check";
import { expect, test } from "vitest";

import { FrameDecoder, framePrefix } from "./frame.ts";
import { MAX_FRAME_LENGTH } from "./limits.ts";

const tooLong = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_FRAME_TOO_LONG" });
const invalid = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE" });

test("messages come out as they went in, wherever the stream is cut", () => {
  const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.flatMap((message) => [framePrefix(message.length), message]));
      const decoder = new FrameDecoder();
      const received: Uint8Array[] = [];
      for (let offset = 0, cut = 0; offset < stream.length; cut++) {
        const end = offset + cuts[cut % cuts.length]!;
        received.push(...decoder.push(stream.subarray(offset, end)));
        offset = end;
      }
      expect(received.map((message) => [...message])).toEqual(sent.map((message) => [...message]));
      expect(decoder.isIdle).toBe(true);
    }),
  );
});

test("a message within a chunk is not copied", () => {
  const chunk = Uint8Array.of(0, 0, 0, 2, 7, 8, 0, 0, 0, 1);
  const decoder = new FrameDecoder();
  const [message] = decoder.push(chunk);
  expect(message!.buffer).toBe(chunk.buffer);
  expect(decoder.isIdle).toBe(false);
});

test("a message that came in pieces does not change with the next", () => {
  const decoder = new FrameDecoder();
  decoder.push(Uint8Array.of(0, 0, 0, 2, 1));
  const [first] = decoder.push(Uint8Array.of(2, 0, 0, 0, 2, 3));
  decoder.push(Uint8Array.of(4));
  expect(first).toEqual(Uint8Array.of(1, 2));
});

test("MAX_FRAME_LENGTH: longer messages are refused at their length", () => {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setInt32(0, MAX_FRAME_LENGTH + 1);
  expect(() => new FrameDecoder().push(prefix)).toThrow(tooLong);
  expect(new FrameDecoder().push(framePrefix(MAX_FRAME_LENGTH))).toEqual([]);
  expect(() => framePrefix(MAX_FRAME_LENGTH + 1)).toThrow(RangeError);
  expect(() => new FrameDecoder({ maxLength: 4 }).push(Uint8Array.of(0, 0, 0, 5))).toThrow(tooLong);
  expect(() => new FrameDecoder({ maxLength: MAX_FRAME_LENGTH + 1 })).toThrow(RangeError);
});

test.each([0, -1])("a message of %i bytes is none", (length) => {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setInt32(0, length);
  expect(() => new FrameDecoder().push(prefix)).toThrow(invalid);
  expect(() => framePrefix(length)).toThrow(RangeError);
});
