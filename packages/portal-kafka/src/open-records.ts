// What a broker has, as the consumer is to see it. docs/protocol/kafka-portal.md, "Batches".
import { isOckamError } from "@ockam/codec";
import { decodeRecordSet, encodeRecordSet, RecordBatch } from "@ockam/kafka-protocol";
import type { MessageSet, RecordSet, RecordSlice } from "@ockam/kafka-protocol";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import type { Partition } from "./partition.ts";
import type { UnopenedPlace } from "./reading-patience.ts";
import type { RecordCipher } from "./record-cipher.ts";
import type { ValueProtection } from "./value-protection.ts";

/**
 * What becomes of a record that is not as it should be: `pass` hands it on as it is, `drop` leaves it out as compaction
 * would, `error` stops the partition there.
 */
export type RecordFate = "pass" | "drop" | "error";

/** How records are opened. */
export interface OpeningOptions {
  readonly protection: ValueProtection;
  readonly cipher: RecordCipher;
  /** Of records that nobody sealed. */
  readonly plain: RecordFate;
  /**
   * Of records that are sealed and cannot be opened, now or ever, and of whole batches that cannot be read:
   * see {@link onUnopened}.
   */
  readonly unreadable: Exclude<RecordFate, "pass">;
  /**
   * Told of each record that is not opened. Where the key may come later it can ask to wait: what lies before that
   * record is handed on, and the consumer asks for the rest again.
   */
  readonly onUnopened: (partition: Partition, place: UnopenedPlace, cause: Error) => "wait" | "decide";
  /** The first offset that the consumer wants, where that is known: what is before it in its batch is left out. */
  readonly from?: bigint | undefined;
  /** The most bytes that come out: what is beyond is left for the next time. */
  readonly maxLength: number;
}

/** The records of one partition of a response. */
export interface OpenedRecords {
  readonly records: Uint8Array;
  /** Why there are not more of them: the consumer is to get an error when it asks for those next. */
  readonly stopped: Error | undefined;
}

/**
 * Opens the values of all records of a record set. A batch whose checksum is wrong stops it.
 * @throws what the cipher throws that says nothing about the record, such as an error of a storage
 */
export async function openRecords(
  bytes: Uint8Array,
  partition: Partition,
  options: OpeningOptions,
): Promise<OpenedRecords> {
  const opened: (RecordBatch | MessageSet)[] = [];
  const end = (stopped: Error): OpenedRecords => ({
    records: encodeRecordSet({ batches: opened, tail: NONE }),
    stopped,
  });
  let set: RecordSet;
  try {
    set = decodeRecordSet(bytes);
  } catch (error) {
    return end(damageOf(error));
  }
  const lastOffset = set.batches.at(-1)?.lastOffset ?? -1n;
  let length = set.tail.length;
  for (const batch of set.batches) {
    let next: RecordBatch | MessageSet | undefined = batch;
    let stopped: Error | undefined;
    if (!batch.isControl) {
      const read = readBatch(batch);
      if (read instanceof Error) {
        // A limit may be used up by the batches before; anything else that was stored so stays so.
        const isUsedUp = opened.length > 0 && isOckamError(read, "OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT");
        if (isUsedUp || !isStored(batch, read)) return end(read);
        options.onUnopened(partition, { offset: batch.lastOffset, lastOffset }, read);
        if (options.unreadable === "error") return end(read);
        next = emptied(batch);
      } else {
        const { sealed, whole } = read;
        const outcome = await openBatch(sealed, whole.baseOffset, partition, lastOffset, options);
        ({ stopped } = outcome);
        if (stopped !== undefined) next = cutBefore(whole, outcome.records);
        else if (outcome.records.length === 0) next = emptied(batch);
        else next = uncompressed(whole, outcome.records, options.maxLength - length);
      }
    }
    if (next !== undefined) {
      length += next.bytes.length;
      if (length > options.maxLength) return end(tooLong(options.maxLength));
      opened.push(next);
    }
    if (stopped !== undefined) return end(stopped);
  }
  return { records: encodeRecordSet({ batches: opened, tail: set.tail }), stopped: undefined };
}

const NONE = new Uint8Array(0);

/** What a damaged batch, or one that is too much for this inlet, is reported as; anything else is thrown. */
function damageOf(error: unknown): Error {
  if (isOckamError(error) && error.code.startsWith("OCKAM_KAFKA_PROTOCOL_")) return error;
  throw error;
}

/** The records of a batch, or why they cannot be read. */
function readBatch(
  batch: RecordBatch | MessageSet,
): { readonly whole: RecordBatch; readonly sealed: readonly RecordSlice[] } | Error {
  try {
    const whole = batch instanceof RecordBatch ? batch : modern(batch);
    return { whole, sealed: whole.slices() };
  } catch (error) {
    return damageOf(error);
  }
}

/** Whether a batch is as somebody wrote it, and will not become readable: it must not stop its partition for ever. */
function isStored(batch: RecordBatch | MessageSet, cause: Error): boolean {
  if (isOckamError(cause, "OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE")) return false;
  try {
    batch.verify();
    return true;
  } catch {
    return false;
  }
}

/** Without its compression, unless it would be too long then. */
function uncompressed(batch: RecordBatch, records: readonly RecordSlice[], room: number): RecordBatch {
  const plain = batch.withSlices(records, { compression: "none" });
  return plain.bytes.length <= room ? plain : batch.withSlices(records);
}

/** What a marker of Kafka's own says that every consumer passes over: a transaction of nobody was committed. */
const MARKER = { key: Uint8Array.of(0, 0, 0, 1), value: new Uint8Array(6), headers: [], attributes: 0 };

/**
 * Takes the place of a batch without records. Consumers pass over both, but some of them (kafkajs) go on behind what
 * they were given only if there was a record, and others (librdkafka) take none for a record that did not fit.
 */
function emptied({ lastOffset, maxTimestamp }: RecordBatch | MessageSet): RecordBatch {
  return RecordBatch.of([{ ...MARKER, offset: lastOffset, timestamp: maxTimestamp }], { isControl: true });
}

function tooLong(limit: number): Error {
  return kafkaPortalError(
    KAFKA_PORTAL_ERROR_CODES.tooLong,
    `the records are longer than the ${limit} bytes that are left of a response once they are opened`,
  );
}

const VERDICTS: ReadonlySet<string> = new Set([
  KAFKA_PORTAL_ERROR_CODES.notSealed,
  KAFKA_PORTAL_ERROR_CODES.invalidValue,
  KAFKA_PORTAL_ERROR_CODES.notAuthentic,
  KAFKA_PORTAL_ERROR_CODES.unknownKey,
  KAFKA_PORTAL_ERROR_CODES.keyUnreachable,
  KAFKA_PORTAL_ERROR_CODES.keyRefused,
  KAFKA_PORTAL_ERROR_CODES.notAuthorized,
]);

interface OpenedBatch {
  readonly records: readonly RecordSlice[];
  readonly stopped: Error | undefined;
}

async function openBatch(
  sealed: readonly RecordSlice[],
  baseOffset: bigint,
  partition: Partition,
  lastOffset: bigint,
  options: OpeningOptions,
): Promise<OpenedBatch> {
  const records: RecordSlice[] = [];
  const first = options.from === undefined ? 0n : options.from - baseOffset;
  for (const record of sealed) {
    const { key, offsetDelta, value } = record;
    // It was read, or passed over on purpose: it must not stop those behind it.
    if (offsetDelta < first) continue;
    if (value === null) {
      records.push(record);
      continue;
    }
    try {
      const opening = options.protection.open(options.cipher, { ...partition, key }, value);
      // A promise for each record would cost more than its decryption.
      records.push(record.withValue(opening instanceof Uint8Array ? opening : await opening));
    } catch (error) {
      if (!isVerdict(error)) throw error;
      const place = { offset: baseOffset + BigInt(offsetDelta), lastOffset };
      const fate = fateOf(place, partition, error, options);
      if (fate === "error") return { records, stopped: error };
      if (fate === "pass") records.push(record);
    }
  }
  return { records, stopped: undefined };
}

/** Whether an error says something about the record: others, of a storage perhaps, must not cost one. */
function isVerdict(error: unknown): error is Error {
  return isOckamError(error) && VERDICTS.has(error.code);
}

function fateOf(
  place: UnopenedPlace,
  partition: Partition,
  error: Error,
  { onUnopened, plain, unreadable }: OpeningOptions,
): RecordFate {
  const isPlain =
    isOckamError(error, KAFKA_PORTAL_ERROR_CODES.notSealed) ||
    isOckamError(error, KAFKA_PORTAL_ERROR_CODES.invalidValue);
  if (onUnopened(partition, place, error) === "wait") return "error";
  return isPlain ? plain : unreadable;
}

/** An old message set as a batch: one of those cannot tell that it had more records than are left. */
function modern(set: MessageSet): RecordBatch {
  return RecordBatch.of(set.records(), {
    timestampType: set.timestampType === "log-append" ? "log-append" : "create",
  });
}

/** The batch as if it had ended there: the consumer goes on behind its last record. */
function cutBefore(batch: RecordBatch, records: readonly RecordSlice[]): RecordBatch | undefined {
  const last = records.at(-1);
  if (last === undefined) return undefined;
  return batch.withSlices(records, { compression: "none", lastOffsetDelta: last.offsetDelta });
}
