import { BoundedOutput } from "./bounded-output.ts";
import { invalidRecords } from "./kafka-error.ts";
import { KafkaWriter } from "./kafka-writer.ts";
import { lz4CompressBlock, lz4DecompressBlock } from "./lz4-block.ts";
import { xxhash32 } from "./xxhash32.ts";

// The frame format of https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, all numbers little-endian:
// `magic, flags, block descriptor, [content size: u64], header checksum, { size: u32, block, [checksum] }, 0: u32, [checksum]`.
const MAGIC = 0x184d2204;
const VERSION = 0x40;
const INDEPENDENT_BLOCKS = 0x20;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;
const STORED = 0x80000000;
/** Block descriptor of 64 KiB blocks, which Kafka's clients write. */
const BLOCKS_OF_64_KIB = 0x40;
const BLOCK_LENGTH = 64 * 1024;

/** How Kafka's oldest clients hash the header, which messages of magic 0 keep (KAFKA-3160): including the magic number. */
export interface Lz4Options {
  readonly legacyHeader?: boolean;
}

/** The content of an LZ4 frame, at most `limit` bytes. */
export function lz4Decompress(data: Uint8Array, limit: number, options: Lz4Options = {}): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const word = (at: number): number => {
    if (at + 4 > data.length) throw invalidRecords("an LZ4 frame ends early");
    return view.getUint32(at, true);
  };
  if (word(0) !== MAGIC) throw invalidRecords("no LZ4 frame");
  const flags = data[4] ?? 0;
  if ((flags & 0xc0) !== VERSION || (flags & DICTIONARY) !== 0) {
    throw invalidRecords("an LZ4 frame of an unknown kind");
  }
  let offset = 6 + ((flags & CONTENT_SIZE) === 0 ? 0 : 8);
  if (offset >= data.length) throw invalidRecords("an LZ4 frame ends early");
  if (data[offset] !== headerChecksum(data, offset, options)) {
    throw invalidRecords("the header of an LZ4 frame is damaged");
  }
  offset += 1;
  const output = new BoundedOutput(limit);
  for (;;) {
    const size = word(offset);
    offset += 4;
    if (size === 0) break;
    const length = size & ~STORED;
    if (length > data.length - offset) throw invalidRecords("an LZ4 frame ends within a block");
    const block = data.subarray(offset, offset + length);
    if (size >= STORED) output.literal(block, 0, length);
    else lz4DecompressBlock(block, output);
    offset += length;
    if ((flags & BLOCK_CHECKSUMS) === 0) continue;
    if (word(offset) !== xxhash32(block)) throw invalidRecords("a block of an LZ4 frame is damaged");
    offset += 4;
  }
  const content = output.finish();
  if ((flags & CONTENT_CHECKSUM) !== 0 && word(offset) !== xxhash32(content)) {
    throw invalidRecords("the content of an LZ4 frame is damaged");
  }
  return content;
}

/** An LZ4 frame of independent 64 KiB blocks without checksums, as Kafka's clients write it. */
export function lz4Compress(data: Uint8Array, options: Lz4Options = {}): Uint8Array {
  const writer = new KafkaWriter(64 + (data.length >> 1));
  const header = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, VERSION | INDEPENDENT_BLOCKS, BLOCKS_OF_64_KIB);
  writer.writeBytes(header);
  writer.writeUint8(headerChecksum(header, header.length, options));
  for (let start = 0; start < data.length; start += BLOCK_LENGTH) {
    const block = data.subarray(start, start + BLOCK_LENGTH);
    const compressed = lz4CompressBlock(block);
    const stored = compressed.length >= block.length;
    writeWord(writer, stored ? block.length | STORED : compressed.length);
    writer.writeBytes(stored ? block : compressed);
  }
  writeWord(writer, 0);
  return writer.finish();
}

function headerChecksum(data: Uint8Array, end: number, { legacyHeader = false }: Lz4Options): number {
  return (xxhash32(data.subarray(legacyHeader ? 0 : 4, end)) >>> 8) & 0xff;
}

function writeWord(writer: KafkaWriter, value: number): void {
  for (let shift = 0; shift < 32; shift += 8) writer.writeUint8((value >>> shift) & 0xff);
}
