import { invalidRecords } from "./kafka-error.ts";
import type { KafkaRecord, RecordHeader } from "./kafka-record.ts";
import { KafkaReader } from "./kafka-reader.ts";
import { KafkaWriter, utf8 } from "./kafka-writer.ts";
import { MAX_BATCH_RECORDS } from "./limits.ts";

// A record of magic 2; numbers are zigzag varints unless their type says otherwise:
//   length, attributes: int8, timestamp delta, offset delta, key length, key, value length, value,
//   count of headers, { key length, key, value length, value }
export const SHORTEST_RECORD = 7;
export const SHORTEST_HEADER = 2;
/** Up to here, ASCII names are read without a TextDecoder, which is slow for them. */
const SHORT_NAME = 32;
const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a batch's header says about its records. */
export interface BatchFrame {
  readonly count: number;
  /** Offsets ascend, from here… */
  readonly baseOffset: bigint;
  /** …up to here, at most. */
  readonly lastOffset: bigint;
  readonly baseTimestamp: bigint;
}

/** Reads the records of a batch, which must be all that `content` holds. */
export function readRecords(content: Uint8Array, frame: BatchFrame): readonly KafkaRecord[] {
  const { baseOffset, baseTimestamp, count, lastOffset } = frame;
  if (count < 0 || count * SHORTEST_RECORD > content.length || count > MAX_BATCH_RECORDS) {
    throw invalidRecords(`a batch of ${count} records in ${content.length} bytes`);
  }
  const reader = new KafkaReader(content);
  const records: KafkaRecord[] = [];
  try {
    let last = baseOffset - 1n;
    for (let i = 0; i < count; i++) {
      const record = readRecord(reader, baseOffset, baseTimestamp);
      if (record.offset <= last || record.offset > lastOffset) {
        throw invalidRecords("the offsets of a batch do not ascend up to its last one");
      }
      last = record.offset;
      records.push(record);
    }
    reader.end();
  } catch (cause) {
    throw invalidRecords(`a batch's record ${records.length} of ${count} is malformed`, cause);
  }
  return records;
}

/** The bytes of records, before compression. Throws RangeError, see RecordBatch.withRecords. */
export function writeRecords(
  records: readonly KafkaRecord[],
  { baseOffset, baseTimestamp, lastOffset }: Omit<BatchFrame, "count">,
): Uint8Array {
  if (records.length > MAX_BATCH_RECORDS) {
    throw new RangeError(`a batch has at most ${MAX_BATCH_RECORDS} records`);
  }
  const size = records.reduce(
    (sum, { key, value }) => sum + 32 + (key?.length ?? 0) + (value?.length ?? 0),
    0,
  );
  const writer = new KafkaWriter(size);
  const one = new KafkaWriter(256);
  let last = baseOffset - 1n;
  for (const record of records) {
    if (record.offset <= last || record.offset > lastOffset) {
      throw new RangeError(
        `offset ${record.offset} after ${last}: expected ascending offsets up to ${lastOffset}`,
      );
    }
    last = record.offset;
    writeRecord(writer, one, record, Number(record.offset - baseOffset), record.timestamp - baseTimestamp);
  }
  return writer.finish();
}

function readRecord(reader: KafkaReader, baseOffset: bigint, baseTimestamp: bigint): KafkaRecord {
  const length = reader.readVarint();
  const end = reader.offset + length;
  if (length < SHORTEST_RECORD - 1 || length > reader.remaining) {
    throw invalidRecords(`a record of ${length} bytes in ${reader.remaining}`);
  }
  const attributes = reader.readInt8();
  const timestampDelta = reader.readVarlong();
  const offsetDelta = reader.readVarint();
  const key = readNullable(reader);
  const value = readNullable(reader);
  const headers = readHeaders(reader);
  if (reader.offset !== end) throw invalidRecords("a record is not as long as it says");
  return {
    offset: baseOffset + BigInt(offsetDelta),
    timestamp: baseTimestamp + timestampDelta,
    key,
    value,
    headers,
    attributes,
  };
}

function readNullable(reader: KafkaReader): Uint8Array | null {
  const length = reader.readVarint();
  if (length >= 0) return reader.readView(length);
  if (length === -1) return null;
  throw invalidRecords(`a length of ${length}`);
}

function readHeaders(reader: KafkaReader): readonly RecordHeader[] {
  const count = reader.readVarint();
  if (count === 0) return NO_HEADERS;
  if (count < 0 || count * SHORTEST_HEADER > reader.remaining) {
    throw invalidRecords(`${count} headers in ${reader.remaining} bytes`);
  }
  reader.countStructs(count);
  const headers: RecordHeader[] = [];
  for (let i = 0; i < count; i++) {
    const key = readNullable(reader);
    if (key === null) throw invalidRecords("a header without a key");
    const value = readNullable(reader);
    const text = validUtf8(key);
    headers.push(text === undefined ? { key: lossy.decode(key), value, rawKey: key } : { key: text, value });
  }
  return headers;
}

function validUtf8(bytes: Uint8Array): string | undefined {
  if (bytes.length <= SHORT_NAME && bytes.every((byte) => byte < 0x80)) return String.fromCharCode(...bytes);
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Writes the record to `one` from its attributes on, since its length goes first. */
function writeRecord(
  writer: KafkaWriter,
  one: KafkaWriter,
  record: KafkaRecord,
  offsetDelta: number,
  timestampDelta: bigint,
): void {
  one.clear();
  one.writeInt8(record.attributes);
  one.writeVarlong(timestampDelta);
  one.writeVarint(offsetDelta);
  writeNullable(one, record.key);
  writeNullable(one, record.value);
  one.writeVarint(record.headers.length);
  for (const { key, value, rawKey } of record.headers) {
    writeNullable(one, rawKey ?? utf8(key));
    writeNullable(one, value);
  }
  writer.writeVarint(one.length);
  writer.writeBytes(one.finish());
}

function writeNullable(writer: KafkaWriter, bytes: Uint8Array | null): void {
  if (bytes === null) {
    writer.writeVarint(-1);
    return;
  }
  writer.writeVarint(bytes.length);
  writer.writeBytes(bytes);
}
