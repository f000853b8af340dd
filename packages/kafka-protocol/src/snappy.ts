import { BoundedOutput } from "./bounded-output.ts";
import { invalidRecords } from "./kafka-error.ts";
import { KafkaWriter } from "./kafka-writer.ts";

// The block format of https://github.com/google/snappy/blob/main/format_description.txt, and the chunks that Java's snappy
// library puts blocks into: `82 "SNAPPY" 00, version: int32, compatible: int32, { length: int32, block }`.
const XERIAL_MAGIC: readonly number[] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
const XERIAL_HEADER_LENGTH = 16;
/** What Java puts into one chunk. */
const XERIAL_CHUNK_LENGTH = 32 * 1024;

const HASH_BITS = 14;
const SHORTEST_MATCH = 4;
/** A copy element holds at most this many bytes. */
const LONGEST_COPY = 64;

/** Data that was compressed as one block, or as Java's chunks of blocks; at most `limit` bytes. */
export function snappyDecompress(data: Uint8Array, limit: number): Uint8Array {
  if (!isXerial(data)) return decompressBlock(data, 0, data.length, new BoundedOutput(limit)).finish();
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const output = new BoundedOutput(limit);
  let offset = XERIAL_HEADER_LENGTH;
  while (offset < data.length) {
    if (data.length - offset < 4) throw invalidRecords("snappy data ends within a length");
    const length = view.getUint32(offset);
    offset += 4;
    if (length > data.length - offset) throw invalidRecords("snappy data ends within a chunk");
    decompressBlock(data, offset, offset + length, output);
    offset += length;
  }
  return output.finish();
}

/** Compresses into Java's chunks, which Kafka's clients and brokers write and all read. */
export function snappyCompress(data: Uint8Array): Uint8Array {
  const writer = new KafkaWriter(64 + (data.length >> 1));
  writer.writeBytes(Uint8Array.from(XERIAL_MAGIC));
  writer.writeInt32(1);
  writer.writeInt32(1);
  for (let start = 0; start < data.length; start += XERIAL_CHUNK_LENGTH) {
    const chunk = data.subarray(start, start + XERIAL_CHUNK_LENGTH);
    const at = writer.length;
    writer.writeInt32(0);
    writer.writeUvarint(chunk.length);
    compressBlock(chunk, writer);
    writer.patchUint32(at, writer.length - at - 4);
  }
  return writer.finish();
}

function isXerial(data: Uint8Array): boolean {
  return data.length >= XERIAL_HEADER_LENGTH && XERIAL_MAGIC.every((byte, index) => data[index] === byte);
}

function decompressBlock(data: Uint8Array, start: number, end: number, output: BoundedOutput): BoundedOutput {
  let offset = start;
  const next = (): number => {
    if (offset >= end) throw invalidRecords("snappy data ends within an element");
    return data[offset++]!;
  };
  const little = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += next() * 2 ** (8 * i);
    return value;
  };
  let expected = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = next();
    expected += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
    if (shift === 28) throw invalidRecords("snappy data of an impossible length");
  }
  const before = output.length;
  while (offset < end) {
    const tag = next();
    const kind = tag & 3;
    if (kind === 0) {
      const size = tag >> 2;
      const length = (size < 60 ? size : little(size - 59)) + 1;
      if (length > end - offset) throw invalidRecords("snappy data ends within a literal");
      output.literal(data, offset, offset + length);
      offset += length;
    } else if (kind === 1) {
      output.copy(((tag >> 5) << 8) | next(), ((tag >> 2) & 7) + 4);
    } else {
      output.copy(little(kind === 2 ? 2 : 4), (tag >> 2) + 1);
    }
    if (output.length - before > expected) throw invalidRecords("snappy data is longer than it says");
  }
  if (output.length - before !== expected) throw invalidRecords("snappy data is shorter than it says");
  return output;
}

/** Greedy: the last place with the same hash of four bytes is the only candidate. */
function compressBlock(data: Uint8Array, writer: KafkaWriter): void {
  const table = new Uint16Array(1 << HASH_BITS);
  let literalStart = 0;
  let i = 0;
  while (i + SHORTEST_MATCH <= data.length) {
    const hash = Math.imul(fourBytes(data, i), 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = table[hash]!;
    table[hash] = i;
    if (candidate >= i || fourBytes(data, candidate) !== fourBytes(data, i)) {
      i += 1 + ((i - literalStart) >> 5);
      continue;
    }
    let length = SHORTEST_MATCH;
    while (i + length < data.length && data[candidate + length] === data[i + length]) length++;
    writeLiteral(writer, data.subarray(literalStart, i));
    writeCopy(writer, i - candidate, length);
    i += length;
    literalStart = i;
  }
  writeLiteral(writer, data.subarray(literalStart));
}

function writeLiteral(writer: KafkaWriter, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  const size = bytes.length - 1;
  if (size < 60) {
    writer.writeUint8(size << 2);
  } else {
    const two = size > 0xff;
    writer.writeUint8((two ? 61 : 60) << 2);
    writer.writeUint8(size & 0xff);
    if (two) writer.writeUint8(size >> 8);
  }
  writer.writeBytes(bytes);
}

function writeCopy(writer: KafkaWriter, distance: number, length: number): void {
  for (let left = length; left > 0; left -= LONGEST_COPY) {
    writer.writeUint8(((Math.min(left, LONGEST_COPY) - 1) << 2) | 2);
    writer.writeUint8(distance & 0xff);
    writer.writeUint8(distance >> 8);
  }
}

function fourBytes(data: Uint8Array, at: number): number {
  return data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
}
