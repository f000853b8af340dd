import { COMPRESSIONS, compress, decompress } from "./compression.ts";
import type { Compression } from "./compression.ts";
import { crc32 } from "./crc32.ts";
import type { DecompressionBudget } from "./decompression-budget.ts";
import { invalidRecords } from "./kafka-error.ts";
import type { KafkaRecord, TimestampType } from "./kafka-record.ts";
import { KafkaReader } from "./kafka-reader.ts";
import { KafkaWriter } from "./kafka-writer.ts";
import { MAX_BATCH_RECORDS, MAX_DECOMPRESSED_LENGTH } from "./limits.ts";
import type { RewriteOptions } from "./record-batch.ts";

// Magic 0 and 1 (Kafka's documentation, "Old Message Format"):
//   offset: int64, length of the rest: int32, CRC-32 of what follows: uint32, magic: int8, attributes: int8,
//   timestamp: int64 (magic 1 only), key: bytes, value: bytes
// When it is compressed, the value holds messages of the same form. Their offsets count from any beginning in magic 1, so that the last
// one's is where the outer offset is; in magic 0 they are the real ones.
const LENGTH_PREFIX = 12;
const MAGIC_OFFSET = 16;
const ATTRIBUTES_OFFSET = 17;
const TIMESTAMP_OFFSET = 18;
const COMPRESSION_BITS = 0x07;
const LOG_APPEND_TIME = 0x08;

/** Bytes of a message of that magic with neither key nor value. */
export function messageOverhead(magic: 0 | 1): number {
  return magic === 0 ? 26 : 34;
}

interface Message {
  readonly offset: bigint;
  readonly attributes: number;
  readonly timestamp: bigint;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/**
 * A message of magic 0 or 1 as it stands in a record set: one record, or several that are compressed together. Like a
 * {@link RecordBatch} it is its bytes.
 */
export class MessageSet {
  readonly magic: 0 | 1;
  /** The whole outer message. */
  readonly bytes: Uint8Array;
  readonly #budget: DecompressionBudget | undefined;
  #outer: Message | undefined;
  #isCharged = false;

  /**
   * `bytes` is one whole message; it is read when asked for.
   * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS
   */
  constructor(bytes: Uint8Array, budget?: DecompressionBudget) {
    this.magic = magicOf(bytes[MAGIC_OFFSET]);
    if (bytes.length < messageOverhead(this.magic)) {
      throw invalidRecords(`a message of ${bytes.length} bytes and magic ${this.magic}`);
    }
    this.bytes = bytes;
    this.#budget = budget;
  }

  /**
   * New messages: each for itself, or all compressed as one.
   * @throws RangeError
   */
  static of(
    records: readonly KafkaRecord[],
    magic: 0 | 1,
    compression: Compression = "none",
  ): readonly MessageSet[] {
    if (records.length === 0) throw new RangeError("a message set needs a record");
    if (compression !== "none") return [wrapped(records, magic, compression, records[0]!.offset, 0)];
    return records.map((record) => single(record, magic));
  }

  /** Of the last record. */
  get lastOffset(): bigint {
    return new KafkaReader(this.bytes).readInt64();
  }

  get attributes(): number {
    return new KafkaReader(this.bytes, ATTRIBUTES_OFFSET).readInt8();
  }

  /** @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS for a number that these magics do not have */
  get compression(): Compression {
    const found = COMPRESSIONS[this.attributes & COMPRESSION_BITS];
    if (found === undefined || found === "zstd")
      throw invalidRecords("messages compressed in an unknown way");
    return found;
  }

  get timestampType(): TimestampType {
    if (this.magic === 0) return "none";
    return (this.attributes & LOG_APPEND_TIME) === 0 ? "create" : "log-append";
  }

  /** Largest of the records, or the time of appending; -1 in magic 0. */
  get maxTimestamp(): bigint {
    return this.magic === 0 ? -1n : new KafkaReader(this.bytes, TIMESTAMP_OFFSET).readInt64();
  }

  /** Transactions came with magic 2. */
  get isTransactional(): boolean {
    return false;
  }

  /** Control records came with magic 2. */
  get isControl(): boolean {
    return false;
  }

  /** @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS when the checksum does not match */
  verify(): void {
    if (
      crc32(this.bytes.subarray(MAGIC_OFFSET)) !== new KafkaReader(this.bytes, LENGTH_PREFIX).readUint32()
    ) {
      throw invalidRecords("a message is damaged: its CRC-32 does not match");
    }
  }

  /**
   * Verifies, decompresses and reads the records; bytes in them are views.
   * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS, OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT,
   * OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE
   */
  records(): readonly KafkaRecord[] {
    this.verify();
    if (this.compression === "none") return [toRecord(this.#message(), 0n)];
    const inner = readInner(this.#decompressed(), this.magic);
    const base = this.magic === 0 ? 0n : this.lastOffset - inner.at(-1)!.offset;
    if (inner.some(({ offset }, index) => index > 0 && offset <= inner[index - 1]!.offset)) {
      throw invalidRecords("the offsets of compressed messages do not ascend");
    }
    return inner.map((message) => toRecord(message, base));
  }

  /**
   * Messages of this magic with other records. A message that is not compressed holds exactly one record.
   * @throws RangeError
   */
  withRecords(records: readonly KafkaRecord[], options: RewriteOptions = {}): MessageSet {
    const { compression = this.compression } = options;
    const timeBits = this.attributes & LOG_APPEND_TIME;
    if (compression !== "none") {
      const first = records[0];
      if (first === undefined) throw new RangeError("a compressed message holds at least one record");
      return wrapped(records, this.magic, compression, first.offset, timeBits, this.maxTimestamp);
    }
    const only = records[0];
    if (records.length !== 1 || only === undefined) {
      throw new RangeError("a message that is not compressed holds exactly one record");
    }
    return single(only, this.magic);
  }

  #message(): Message {
    if (this.#outer !== undefined) return this.#outer;
    const reader = new KafkaReader(this.bytes);
    const message = readMessage(reader, this.magic);
    if (reader.remaining !== 0) throw invalidRecords("bytes follow a message");
    this.#outer = message;
    return message;
  }

  #decompressed(): Uint8Array {
    const { value } = this.#message();
    if (value === null) throw invalidRecords("a compressed message without a value");
    const { compression } = this;
    const budget = this.#budget;
    if (budget === undefined || this.#isCharged) {
      return decompress(compression, value, this.magic, MAX_DECOMPRESSED_LENGTH);
    }
    const content = decompress(compression, value, this.magic, budget.left);
    budget.take(content.length);
    this.#isCharged = true;
    return content;
  }
}

function single(record: KafkaRecord, magic: 0 | 1): MessageSet {
  return new MessageSet(writeMessage(record, magic, record.offset, record.attributes & ~COMPRESSION_BITS));
}

function wrapped(
  records: readonly KafkaRecord[],
  magic: 0 | 1,
  compression: Compression,
  baseOffset: bigint,
  timeBits: number,
  timestamp?: bigint,
): MessageSet {
  if (compression === "zstd") throw new RangeError("zstd needs magic 2");
  if (records.length > MAX_BATCH_RECORDS) {
    throw new RangeError(`a message set has at most ${MAX_BATCH_RECORDS} records`);
  }
  const content = new KafkaWriter();
  for (const record of records) {
    const offset = magic === 0 ? record.offset : record.offset - baseOffset;
    content.writeBytes(writeMessage(record, magic, offset, record.attributes & ~COMPRESSION_BITS));
  }
  const last = records.at(-1)!;
  const max = records.reduce((time, record) => (record.timestamp > time ? record.timestamp : time), -1n);
  const outer = {
    timestamp: timestamp ?? max,
    key: null,
    value: compress(compression, content.finish(), magic),
  };
  const attributes = timeBits | COMPRESSIONS.indexOf(compression);
  return new MessageSet(writeMessage(outer, magic, last.offset, attributes));
}

function readInner(content: Uint8Array, magic: 0 | 1): readonly Message[] {
  const reader = new KafkaReader(content);
  const messages: Message[] = [];
  while (reader.remaining > 0) {
    if (messages.length === MAX_BATCH_RECORDS) {
      throw invalidRecords(`a message set of more than ${MAX_BATCH_RECORDS} records`);
    }
    const message = readMessage(reader, magic);
    if ((message.attributes & COMPRESSION_BITS) !== 0) throw invalidRecords("compressed within compressed");
    messages.push(message);
  }
  if (messages.length === 0) throw invalidRecords("a compressed message without records");
  return messages;
}

/** Inner checksums are not verified: the outer one covers them. */
function readMessage(reader: KafkaReader, magic: 0 | 1): Message {
  try {
    const offset = reader.readInt64();
    const length = reader.readInt32();
    const end = reader.offset + length;
    reader.readUint32();
    if (magicOf(reader.readInt8()) !== magic) throw invalidRecords("messages of different magic");
    const attributes = reader.readInt8();
    const timestamp = magic === 0 ? -1n : reader.readInt64();
    const key = readNullable(reader);
    const value = readNullable(reader);
    if (reader.offset !== end) throw invalidRecords("a message is not as long as it says");
    return { offset, attributes, timestamp, key, value };
  } catch (cause) {
    throw invalidRecords("a message is malformed", cause);
  }
}

function readNullable(reader: KafkaReader): Uint8Array | null {
  const length = reader.readInt32();
  if (length >= 0) return reader.readView(length);
  if (length === -1) return null;
  throw invalidRecords(`a length of ${length}`);
}

function writeMessage(
  { timestamp, key, value }: Pick<KafkaRecord, "timestamp" | "key" | "value">,
  magic: 0 | 1,
  offset: bigint,
  attributes: number,
): Uint8Array {
  const length = messageOverhead(magic) + (key?.length ?? 0) + (value?.length ?? 0);
  const writer = new KafkaWriter(length);
  writer.writeInt64(offset);
  writer.writeInt32(length - LENGTH_PREFIX);
  writer.writeUint32(0);
  writer.writeInt8(magic);
  writer.writeInt8(attributes);
  if (magic === 1) writer.writeInt64(timestamp);
  for (const bytes of [key, value]) {
    writer.writeInt32(bytes === null ? -1 : bytes.length);
    if (bytes !== null) writer.writeBytes(bytes);
  }
  const written = writer.finish();
  writer.patchUint32(LENGTH_PREFIX, crc32(written.subarray(MAGIC_OFFSET)));
  return written;
}

function toRecord(message: Message, base: bigint): KafkaRecord {
  const { timestamp, key, value, attributes } = message;
  return { offset: message.offset + base, timestamp, key, value, headers: [], attributes };
}

function magicOf(byte: number | undefined): 0 | 1 {
  if (byte === 0 || byte === 1) return byte;
  throw invalidRecords(`a message of magic ${byte}`);
}
