import type { BoundedOutput } from "./bounded-output.ts";
import { invalidRecords } from "./kafka-error.ts";
import { KafkaWriter } from "./kafka-writer.ts";

// The block format of https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md: sequences of
// `token, [literal length…], literals, distance: u16, [match length…]`; the last has literals only.
const SHORTEST_MATCH = 4;
/** A match starts no later than this before the end… */
const LAST_MATCH = 12;
/** …and this many bytes at the end are literals. */
const LAST_LITERALS = 5;
const HASH_BITS = 14;

/** Appends what the block holds; matches may reach back into earlier blocks. */
export function lz4DecompressBlock(block: Uint8Array, output: BoundedOutput): void {
  let offset = 0;
  const next = (): number => {
    if (offset >= block.length) throw invalidRecords("an LZ4 block ends within a sequence");
    return block[offset++]!;
  };
  const extended = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      const byte = next();
      length += byte;
      if (byte !== 255) return length;
    }
  };
  for (;;) {
    const token = next();
    const literals = extended(token >> 4);
    output.literal(block, offset, offset + literals);
    offset += literals;
    if (offset === block.length) return;
    const distance = next() | (next() << 8);
    output.copy(distance, extended(token & 15) + SHORTEST_MATCH);
  }
}

/** Greedy, for at most 64 KiB: the last place with the same hash of four bytes is the only candidate. */
export function lz4CompressBlock(block: Uint8Array): Uint8Array {
  const writer = new KafkaWriter(16 + (block.length >> 1));
  const table = new Uint16Array(1 << HASH_BITS);
  let literalStart = 0;
  let i = 0;
  while (i + LAST_MATCH <= block.length) {
    const hash = Math.imul(fourBytes(block, i), 0x9e3779b1) >>> (32 - HASH_BITS);
    const candidate = table[hash]!;
    table[hash] = i;
    if (candidate >= i || fourBytes(block, candidate) !== fourBytes(block, i)) {
      i += 1 + ((i - literalStart) >> 5);
      continue;
    }
    let length = SHORTEST_MATCH;
    while (i + length < block.length - LAST_LITERALS && block[candidate + length] === block[i + length]) {
      length++;
    }
    writeSequence(writer, block.subarray(literalStart, i), i - candidate, length);
    i += length;
    literalStart = i;
  }
  writeSequence(writer, block.subarray(literalStart), 0, SHORTEST_MATCH);
  return writer.finish();
}

function writeSequence(writer: KafkaWriter, literals: Uint8Array, distance: number, length: number): void {
  const extra = length - SHORTEST_MATCH;
  writer.writeUint8((Math.min(literals.length, 15) << 4) | Math.min(extra, 15));
  writeExtended(writer, literals.length);
  writer.writeBytes(literals);
  if (distance === 0) return;
  writer.writeUint8(distance & 0xff);
  writer.writeUint8(distance >> 8);
  writeExtended(writer, extra);
}

function writeExtended(writer: KafkaWriter, length: number): void {
  if (length < 15) return;
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) writer.writeUint8(255);
  writer.writeUint8(rest);
}

function fourBytes(data: Uint8Array, at: number): number {
  return data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
}
