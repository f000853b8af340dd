import { COMPRESSIONS, compress, decompress } from "./compression.ts";
import type { Compression } from "./compression.ts";
import { crc32c } from "./crc32.ts";
import type { DecompressionBudget } from "./decompression-budget.ts";
import { invalidRecords } from "./kafka-error.ts";
import type { KafkaRecord, TimestampType } from "./kafka-record.ts";
import { KafkaWriter } from "./kafka-writer.ts";
import { MAX_DECOMPRESSED_LENGTH } from "./limits.ts";
import { readRecords, writeRecords } from "./record-codec.ts";
import { readSlices, writeSlices } from "./record-slice.ts";
import type { RecordSlice } from "./record-slice.ts";

// Magic 2 (Kafka's documentation, "Record Batch"), offsets of its fields:
//   0 base offset: int64        23 last offset delta: int32     51 producer epoch: int16
//   8 length of the rest: int32 27 base timestamp: int64        53 base sequence: int32
//  12 leader epoch: int32       35 max timestamp: int64         57 count of records: int32
//  16 magic: int8               43 producer id: int64           61 records
//  17 CRC-32C of what follows   21 attributes: int16
const CRC_OFFSET = 17;
const ATTRIBUTES_OFFSET = 21;
const LAST_OFFSET_DELTA_OFFSET = 23;
const COUNT_OFFSET = 57;
const LENGTH_PREFIX = 12;
const MAX_OFFSET_DELTA = 0x7fffffffn;

/** Bytes of a batch without records. */
export const RECORD_BATCH_OVERHEAD = 61;

const COMPRESSION_BITS = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const DELETE_HORIZON = 0x40;

/** What a new batch has; the defaults are those of a producer that is neither idempotent nor transactional. */
export interface RecordBatchOptions {
  readonly compression?: Compression;
  readonly partitionLeaderEpoch?: number;
  readonly timestampType?: Exclude<TimestampType, "none">;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
}

/** How {@link RecordBatch.withRecords} writes. */
export interface RewriteOptions {
  /** Default: as the batch was. */
  readonly compression?: Compression;
}

/** How {@link RecordBatch.withSlices} writes. */
export interface SliceOptions extends RewriteOptions {
  /** Where the batch ends now, from its base offset; default: where it ended. */
  readonly lastOffsetDelta?: number;
}

/**
 * A batch of magic 2, which is its bytes: what is not changed is passed on as it came. The header is read when asked for, the records are
 * decompressed by {@link records}, and {@link withRecords} makes another batch.
 */
export class RecordBatch {
  readonly magic = 2;
  /** The whole batch. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #budget: DecompressionBudget | undefined;
  #isCharged = false;

  /**
   * `bytes` is one whole batch.
   * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS
   */
  constructor(bytes: Uint8Array, budget?: DecompressionBudget) {
    if (bytes.length < RECORD_BATCH_OVERHEAD || bytes[16] !== 2) {
      throw invalidRecords(`a record batch of ${bytes.length} bytes and magic ${bytes[16]}`);
    }
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#view.getInt32(8) !== bytes.length - LENGTH_PREFIX) {
      throw invalidRecords("a record batch is not as long as it says");
    }
    this.#budget = budget;
  }

  /**
   * A new batch of records with ascending offsets.
   * @throws RangeError
   */
  static of(records: readonly KafkaRecord[], options: RecordBatchOptions = {}): RecordBatch {
    const first = records[0];
    if (first === undefined) throw new RangeError("a new batch needs a record");
    const lastOffsetDelta = records.at(-1)!.offset - first.offset;
    if (lastOffsetDelta < 0n || lastOffsetDelta > MAX_OFFSET_DELTA) {
      throw new RangeError("the offsets of a batch must ascend, and be within 31 bits of the first");
    }
    const header = new KafkaWriter(RECORD_BATCH_OVERHEAD);
    header.writeInt64(first.offset);
    header.writeInt32(RECORD_BATCH_OVERHEAD - LENGTH_PREFIX);
    header.writeInt32(options.partitionLeaderEpoch ?? -1);
    header.writeInt8(2);
    header.writeUint32(0);
    header.writeInt16(
      (options.timestampType === "log-append" ? LOG_APPEND_TIME : 0) |
        (options.isTransactional === true ? TRANSACTIONAL : 0) |
        (options.isControl === true ? CONTROL : 0),
    );
    header.writeInt32(Number(lastOffsetDelta));
    header.writeInt64(first.timestamp);
    header.writeInt64(
      records.reduce((max, record) => (record.timestamp > max ? record.timestamp : max), first.timestamp),
    );
    header.writeInt64(options.producerId ?? -1n);
    header.writeInt16(options.producerEpoch ?? -1);
    header.writeInt32(options.baseSequence ?? -1);
    header.writeInt32(0);
    return new RecordBatch(header.finish()).withRecords(records, {
      compression: options.compression ?? "none",
    });
  }

  get baseOffset(): bigint {
    return this.#view.getBigInt64(0);
  }

  /** Also of a compacted batch, whose last record may be gone. */
  get lastOffset(): bigint {
    return this.baseOffset + BigInt(this.lastOffsetDelta);
  }

  get lastOffsetDelta(): number {
    return this.#view.getInt32(LAST_OFFSET_DELTA_OFFSET);
  }

  get partitionLeaderEpoch(): number {
    return this.#view.getInt32(12);
  }

  get attributes(): number {
    return this.#view.getInt16(ATTRIBUTES_OFFSET);
  }

  /** @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS for a number that Kafka has not given to any */
  get compression(): Compression {
    const found = COMPRESSIONS[this.attributes & COMPRESSION_BITS];
    if (found === undefined) throw invalidRecords("records compressed in an unknown way");
    return found;
  }

  get timestampType(): TimestampType {
    return (this.attributes & LOG_APPEND_TIME) === 0 ? "create" : "log-append";
  }

  get isTransactional(): boolean {
    return (this.attributes & TRANSACTIONAL) !== 0;
  }

  /** Whether the records are markers of Kafka's own (commit, abort, leader change…), not data. */
  get isControl(): boolean {
    return (this.attributes & CONTROL) !== 0;
  }

  /** Whether `baseTimestamp` is the time from which compaction may drop the batch's tombstones (KIP-534). */
  get hasDeleteHorizon(): boolean {
    return (this.attributes & DELETE_HORIZON) !== 0;
  }

  get baseTimestamp(): bigint {
    return this.#view.getBigInt64(27);
  }

  get maxTimestamp(): bigint {
    return this.#view.getBigInt64(35);
  }

  /** -1 without idempotence. */
  get producerId(): bigint {
    return this.#view.getBigInt64(43);
  }

  get producerEpoch(): number {
    return this.#view.getInt16(51);
  }

  /** The sequence number of the first record that the producer put in. */
  get baseSequence(): number {
    return this.#view.getInt32(53);
  }

  /** How many records there are, as the header says. */
  get count(): number {
    return this.#view.getInt32(COUNT_OFFSET);
  }

  /** @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS when the checksum does not match */
  verify(): void {
    if (crc32c(this.bytes.subarray(ATTRIBUTES_OFFSET)) !== this.#view.getUint32(CRC_OFFSET)) {
      throw invalidRecords("a record batch is damaged: its CRC-32C does not match");
    }
  }

  /**
   * Verifies, decompresses and reads the records; bytes in them are views.
   * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS, OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT,
   * OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE
   */
  records(): readonly KafkaRecord[] {
    this.verify();
    return readRecords(this.#decompressed(), this);
  }

  /**
   * A batch with other records and otherwise this header: offsets, times, producer and flags stay, also the last offset of a compacted
   * batch. Length, count, checksum and, where asked for, the compression are new.
   * @throws RangeError for records whose offsets are not between the batch's first and last, ascending
   * @throws OckamError OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE
   */
  withRecords(records: readonly KafkaRecord[], options: RewriteOptions = {}): RecordBatch {
    const { compression = this.compression } = options;
    const content = writeRecords(records, this);
    return this.#with(packed(compression, content), records.length, compression, this.lastOffsetDelta);
  }

  /**
   * The records as bytes: for those who change nothing but values, which takes less time than {@link records}.
   * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS, OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT,
   * OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE
   */
  slices(): readonly RecordSlice[] {
    this.verify();
    return readSlices(this.#decompressed(), this.count, this.lastOffsetDelta);
  }

  /**
   * A batch with these records, in their order, out of {@link RecordBatch.slices} of this one, and otherwise this header.
   * @throws OckamError OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE
   */
  withSlices(slices: readonly RecordSlice[], options: SliceOptions = {}): RecordBatch {
    const { compression = this.compression, lastOffsetDelta = this.lastOffsetDelta } = options;
    const bytes =
      compression === "none"
        ? writeSlices(slices, RECORD_BATCH_OVERHEAD)
        : packed(compression, writeSlices(slices, 0));
    return this.#with(bytes, slices.length, compression, lastOffsetDelta);
  }

  /** `bytes` have room for the header in front, and are taken over. */
  #with(bytes: Uint8Array, count: number, compression: Compression, lastOffsetDelta: number): RecordBatch {
    bytes.set(this.bytes.subarray(0, RECORD_BATCH_OVERHEAD));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setInt32(8, bytes.length - LENGTH_PREFIX);
    const attributes = (this.attributes & ~COMPRESSION_BITS) | COMPRESSIONS.indexOf(compression);
    view.setInt16(ATTRIBUTES_OFFSET, attributes);
    view.setInt32(LAST_OFFSET_DELTA_OFFSET, lastOffsetDelta);
    view.setInt32(COUNT_OFFSET, count);
    view.setUint32(CRC_OFFSET, crc32c(bytes.subarray(ATTRIBUTES_OFFSET)));
    return new RecordBatch(bytes);
  }

  #decompressed(): Uint8Array {
    const stored = this.bytes.subarray(RECORD_BATCH_OVERHEAD);
    const { compression } = this;
    if (compression === "none") return stored;
    const budget = this.#budget;
    if (budget === undefined || this.#isCharged) {
      return decompress(compression, stored, this.magic, MAX_DECOMPRESSED_LENGTH);
    }
    const content = decompress(compression, stored, this.magic, budget.left);
    budget.take(content.length);
    this.#isCharged = true;
    return content;
  }
}

/** Compressed records, with room for a header in front. */
function packed(compression: Compression, content: Uint8Array): Uint8Array {
  const compressed = compress(compression, content, 2);
  const bytes = new Uint8Array(RECORD_BATCH_OVERHEAD + compressed.length);
  bytes.set(compressed, RECORD_BATCH_OVERHEAD);
  return bytes;
}
