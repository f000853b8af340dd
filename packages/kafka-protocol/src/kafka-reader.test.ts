import fc from "fast-check";
import { expect, test } from "vitest";

import { KafkaReader } from "./kafka-reader.ts";
import { KafkaWriter } from "./kafka-writer.ts";
import { MAX_MESSAGE_STRUCTS, MAX_STRING_LENGTH } from "./limits.ts";

const invalid = expect.objectContaining({ code: "OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE" });

function written(write: (writer: KafkaWriter) => void): KafkaReader {
  const writer = new KafkaWriter(1);
  write(writer);
  return new KafkaReader(writer.finish());
}

// Examples of the protocol buffers documentation, "Varints" and "ZigZag", which Kafka's guide refers to.
test.each([
  [0, [0x00]],
  [1, [0x01]],
  [150, [0x96, 0x01]],
  [0xffffffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
])("unsigned varint %i", (value, bytes) => {
  expect(written((writer) => writer.writeUvarint(value)).bytes).toEqual(Uint8Array.from(bytes));
  expect(new KafkaReader(Uint8Array.from(bytes)).readUvarint()).toBe(value);
});

test.each([
  [0, [0x00]],
  [-1, [0x01]],
  [1, [0x02]],
  [0x7fffffff, [0xfe, 0xff, 0xff, 0xff, 0x0f]],
  [-0x80000000, [0xff, 0xff, 0xff, 0xff, 0x0f]],
])("zigzag varint %i", (value, bytes) => {
  expect(written((writer) => writer.writeVarint(value)).bytes).toEqual(Uint8Array.from(bytes));
  expect(new KafkaReader(Uint8Array.from(bytes)).readVarint()).toBe(value);
  expect(new KafkaReader(Uint8Array.from(bytes)).readVarlong()).toBe(BigInt(value));
});

test("varlongs of every size", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(63), (any, bits) => {
      const value = any >> BigInt(bits);
      const reader = written((writer) => writer.writeVarlong(value));
      expect(reader.readVarlong()).toBe(value);
      reader.end();
    }),
  );
  expect(written((writer) => writer.writeVarlong(-(2n ** 63n))).readVarlong()).toBe(-(2n ** 63n));
});

test("varints that are too wide", () => {
  const wide = new Uint8Array(11).fill(0xff);
  expect(() => new KafkaReader(wide).readUvarint()).toThrow(invalid);
  expect(() => new KafkaReader(wide).readVarlong()).toThrow(invalid);
  const bits33 = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x1f);
  expect(() => new KafkaReader(bits33).readUvarint()).toThrow(invalid);
  const bits65 = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02);
  expect(() => new KafkaReader(bits65).readVarlong()).toThrow(invalid);
});

test("text: ASCII, long, UTF-8, a byte order mark, and bytes that are no text", () => {
  for (const text of ["", "plain", "x".repeat(MAX_STRING_LENGTH), "grün ≠ 綠", "\ufeffmark", "🦊"]) {
    const bytes = new TextEncoder().encode(text);
    expect(new KafkaReader(bytes).readText(bytes.length)).toBe(text);
  }
  expect(() => new KafkaReader(Uint8Array.of(0x61, 0xff)).readText(2)).toThrow(invalid);
});

test(`MAX_STRING_LENGTH: a longer string is refused`, () => {
  const bytes = new Uint8Array(MAX_STRING_LENGTH + 1).fill(0x61);
  expect(() => new KafkaReader(bytes).readText(bytes.length)).toThrow(invalid);
});

test("counts are bounded by the bytes that are left", () => {
  expect(written((writer) => writer.writeInt32(-1)).readCount(false, 4)).toBe(-1);
  expect(written((writer) => writer.writeUvarint(0)).readCount(true, 4)).toBe(-1);
  expect(() => written((writer) => writer.writeInt32(-2)).readCount(false, 4)).toThrow(invalid);
  expect(() => written((writer) => writer.writeInt32(0x7fffffff)).readCount(false, 4)).toThrow(invalid);
  const two = written((writer) => {
    writer.writeUvarint(3);
    writer.writeInt64(0n);
  });
  expect(two.readCount(true, 4)).toBe(2);
  two.offset = 0;
  expect(() => two.readCount(true, 5)).toThrow(invalid);
});

test("MAX_MESSAGE_STRUCTS: more are refused", () => {
  const reader = new KafkaReader(new Uint8Array(0));
  reader.countStructs(MAX_MESSAGE_STRUCTS);
  expect(() => reader.countStructs(1)).toThrow(invalid);
});

test("nothing is read beyond the end, nor left behind it", () => {
  const reader = new KafkaReader(new Uint8Array(7));
  expect(() => reader.readInt64()).toThrow(invalid);
  expect(() => reader.readView(8)).toThrow(invalid);
  expect(() => reader.readView(-1)).toThrow(invalid);
  expect(() => reader.end()).toThrow(invalid);
  reader.readView(7);
  reader.end();
});
