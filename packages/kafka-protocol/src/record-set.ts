import { DecompressionBudget } from "./decompression-budget.ts";
import { invalidRecords } from "./kafka-error.ts";
import { MAX_SET_BATCHES } from "./limits.ts";
import { MessageSet, messageOverhead } from "./message-set.ts";
import { RECORD_BATCH_OVERHEAD, RecordBatch } from "./record-batch.ts";

/** What the `records` of a Produce request or a Fetch response hold. */
export interface RecordSet {
  /** In order; of different magic when a topic is older than its broker. */
  readonly batches: readonly (RecordBatch | MessageSet)[];
  /** The beginning of another batch where the broker cut a Fetch response at its size limit: kept, and to be passed on. */
  readonly tail: Uint8Array;
}

/** Options of {@link decodeRecordSet}. */
export interface RecordSetOptions {
  /**
   * Most bytes that all batches together may decompress to. Default: MAX_DECOMPRESSION_RATIO times the length, but at least
   * MIN_DECOMPRESSION_ALLOWANCE and at most MAX_DECOMPRESSED_LENGTH.
   */
  readonly maxDecompressedLength?: number;
}

const LENGTH_OFFSET = 8;
const LENGTH_PREFIX = 12;
const MAGIC_OFFSET = 16;

/**
 * Cuts `records` into its batches, without decompressing them or verifying checksums: `batch.records()` does both.
 * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS
 */
export function decodeRecordSet(bytes: Uint8Array, options: RecordSetOptions = {}): RecordSet {
  const budget = new DecompressionBudget(bytes.length, options.maxDecompressedLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const batches: (RecordBatch | MessageSet)[] = [];
  let offset = 0;
  while (bytes.length - offset > MAGIC_OFFSET) {
    const length = view.getInt32(offset + LENGTH_OFFSET);
    const magic = view.getInt8(offset + MAGIC_OFFSET);
    if (length < shortest(magic) - LENGTH_PREFIX) {
      throw invalidRecords(`a batch of magic ${magic} and ${length} bytes`);
    }
    const end = offset + LENGTH_PREFIX + length;
    if (end > bytes.length) break;
    if (batches.length === MAX_SET_BATCHES) {
      throw invalidRecords(`a record set of more than ${MAX_SET_BATCHES} batches`);
    }
    const batch = bytes.subarray(offset, end);
    batches.push(magic === 2 ? new RecordBatch(batch, budget) : new MessageSet(batch, budget));
    offset = end;
  }
  return { batches, tail: bytes.subarray(offset) };
}

/** The bytes of a record set: those of its batches, one after the other, and the tail. */
export function encodeRecordSet({ batches, tail }: RecordSet): Uint8Array {
  const [only] = batches;
  if (only !== undefined && batches.length === 1 && tail.length === 0) return only.bytes;
  const parts = [...batches.map((batch) => batch.bytes), tail];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function shortest(magic: number): number {
  if (magic === 2) return RECORD_BATCH_OVERHEAD;
  if (magic === 0 || magic === 1) return messageOverhead(magic);
  throw invalidRecords(`a batch of magic ${magic}`);
}
