import { invalidRecords } from "./kafka-error.ts";
import { KafkaReader } from "./kafka-reader.ts";
import { MAX_BATCH_RECORDS } from "./limits.ts";
import { SHORTEST_HEADER, SHORTEST_RECORD } from "./record-codec.ts";

/** Up to here bytes are copied one by one: a view of them would cost more. */
const SHORT_COPY = 48;

/**
 * A record of magic 2 that is still bytes: for those who change values and nothing else. Its key and value are views; attributes, time,
 * offset and headers are passed on as they came.
 */
export class RecordSlice {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** How far its offset is from the base offset of the batch. */
  readonly offsetDelta: number;
  readonly #content: Uint8Array;
  /** From the attributes on, up to the length of the value. */
  readonly #start: number;
  readonly #split: number;
  /** The headers. */
  readonly #tail: number;
  readonly #end: number;

  /** A record of `content`, from `start` to `end`, whose value begins with its length at `split` and ends at `tail`. */
  constructor(
    content: Uint8Array,
    [start, split, tail, end]: readonly [start: number, split: number, tail: number, end: number],
    offsetDelta: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
  ) {
    this.#content = content;
    this.#start = start;
    this.#split = split;
    this.#tail = tail;
    this.#end = end;
    this.offsetDelta = offsetDelta;
    this.key = key;
    this.value = value;
  }

  /** The same record with another value. */
  withValue(value: Uint8Array | null): RecordSlice {
    const bounds = [this.#start, this.#split, this.#tail, this.#end] as const;
    return new RecordSlice(this.#content, bounds, this.offsetDelta, this.key, value);
  }

  /** How many bytes it has, without its length. */
  get length(): number {
    const value = this.value === null ? 1 : varintLength(this.value.length) + this.value.length;
    return this.#split - this.#start + value + this.#end - this.#tail;
  }

  /** Writes it to `target`, without its length; returns where it ends. */
  write(target: Uint8Array, at: number): number {
    let offset = copy(this.#content, this.#start, this.#split, target, at);
    const { value } = this;
    if (value === null) target[offset++] = NULL_LENGTH;
    else {
      offset = writeVarint(target, offset, value.length);
      target.set(value, offset);
      offset += value.length;
    }
    return copy(this.#content, this.#tail, this.#end, target, offset);
  }
}

/** The zigzag varint of -1. */
const NULL_LENGTH = 1;

/** Cuts `count` records out of `content`, which must be all that it holds; their offsets ascend up to `lastOffsetDelta`. */
export function readSlices(
  content: Uint8Array,
  count: number,
  lastOffsetDelta: number,
): readonly RecordSlice[] {
  if (count < 0 || count * SHORTEST_RECORD > content.length || count > MAX_BATCH_RECORDS) {
    throw invalidRecords(`a batch of ${count} records in ${content.length} bytes`);
  }
  const reader = new KafkaReader(content);
  const slices: RecordSlice[] = [];
  try {
    for (let last = -1; slices.length < count;) {
      const slice = readSlice(reader);
      if (slice.offsetDelta <= last || slice.offsetDelta > lastOffsetDelta) {
        throw invalidRecords("the offsets of a batch do not ascend up to its last one");
      }
      last = slice.offsetDelta;
      slices.push(slice);
    }
    reader.end();
  } catch (cause) {
    throw invalidRecords(`a batch's record ${slices.length} of ${count} is malformed`, cause);
  }
  return slices;
}

/** Records one after the other, each behind its length; `before` bytes in front of them are left free. */
export function writeSlices(slices: readonly RecordSlice[], before: number): Uint8Array {
  let length = before;
  for (const slice of slices) length += varintLength(slice.length) + slice.length;
  const target = new Uint8Array(length);
  let offset = before;
  for (const slice of slices) offset = slice.write(target, writeVarint(target, offset, slice.length));
  return target;
}

function readSlice(reader: KafkaReader): RecordSlice {
  const length = reader.readVarint();
  const start = reader.offset;
  const end = start + length;
  if (length < SHORTEST_RECORD - 1 || length > reader.remaining) {
    throw invalidRecords(`a record of ${length} bytes in ${reader.remaining}`);
  }
  reader.readInt8();
  reader.readVarlong();
  const offsetDelta = reader.readVarint();
  const key = readNullable(reader);
  const split = reader.offset;
  const value = readNullable(reader);
  const tail = reader.offset;
  skipHeaders(reader);
  if (reader.offset !== end) throw invalidRecords("a record is not as long as it says");
  return new RecordSlice(reader.bytes, [start, split, tail, end], offsetDelta, key, value);
}

function readNullable(reader: KafkaReader): Uint8Array | null {
  const length = reader.readVarint();
  if (length >= 0) return reader.readView(length);
  if (length === -1) return null;
  throw invalidRecords(`a length of ${length}`);
}

function skipHeaders(reader: KafkaReader): void {
  const count = reader.readVarint();
  if (count < 0 || count * SHORTEST_HEADER > reader.remaining) {
    throw invalidRecords(`${count} headers in ${reader.remaining} bytes`);
  }
  for (let i = 0; i < count; i++) {
    const keyLength = reader.readVarint();
    if (keyLength < 0) throw invalidRecords("a header without a key");
    reader.skip(keyLength);
    const valueLength = reader.readVarint();
    if (valueLength < -1) throw invalidRecords(`a length of ${valueLength}`);
    if (valueLength > 0) reader.skip(valueLength);
  }
}

function copy(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  if (end - start > SHORT_COPY) target.set(source.subarray(start, end), at);
  else for (let from = start, to = at; from < end; from++) target[to++] = source[from]!;
  return at + end - start;
}

/** Of a zigzag varint of a number that is not negative. */
function varintLength(value: number): number {
  if (value < 0x40) return 1;
  if (value < 0x2000) return 2;
  if (value < 0x100000) return 3;
  return value < 0x8000000 ? 4 : 5;
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = (value << 1) >>> 0;
  let offset = at;
  while (rest >= 0x80) {
    target[offset++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[offset++] = rest;
  return offset;
}
