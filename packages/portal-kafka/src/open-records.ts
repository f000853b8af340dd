// What a broker has, as the consumer is to see it. docs/protocol/kafka-portal.md, "Batches".
import { isOckamError } from "@ockam/codec";
import { decodeRecordSet, encodeRecordSet, MessageSet, RecordBatch } from "@ockam/kafka-protocol";
import type { KafkaRecord } from "@ockam/kafka-protocol";

import { KAFKA_PORTAL_ERROR_CODES } from "./kafka-portal-error.ts";
import type { RecordCipher } from "./record-cipher.ts";
import type { Partition } from "./seal-records.ts";
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
  /** Of records that are sealed and cannot be opened, now or ever: see {@link onUnopened}. */
  readonly unreadable: Exclude<RecordFate, "pass">;
  /**
   * Told of each record that is not opened. Where the key may come later it can ask to wait: what lies before that
   * record is handed on, and the consumer asks for the rest again.
   */
  readonly onUnopened: (partition: Partition, record: KafkaRecord, cause: Error) => "wait" | "decide";
}

/** The records of one partition of a response. */
export interface OpenedRecords {
  readonly records: Uint8Array;
  /** Why there are not more of them: the consumer is to get an error when it asks for those next. */
  readonly stopped: Error | undefined;
}

/** Opens the values of all records of a record set. */
export async function openRecords(
  bytes: Uint8Array,
  partition: Partition,
  options: OpeningOptions,
): Promise<OpenedRecords> {
  const { batches, tail } = decodeRecordSet(bytes);
  const opened: (RecordBatch | MessageSet)[] = [];
  for (const batch of batches) {
    if ("isControl" in batch && batch.isControl) {
      opened.push(batch);
      continue;
    }
    const { records, stopped } = await openBatch(batch, partition, options);
    if (stopped === undefined) opened.push(batch.withRecords(records, { compression: "none" }));
    else {
      if (records.length > 0) opened.push(...cutBefore(batch, records));
      return { records: encodeRecordSet({ batches: opened, tail: new Uint8Array(0) }), stopped };
    }
  }
  return { records: encodeRecordSet({ batches: opened, tail }), stopped: undefined };
}

const VERDICTS: ReadonlySet<string> = new Set([
  KAFKA_PORTAL_ERROR_CODES.notSealed,
  KAFKA_PORTAL_ERROR_CODES.invalidValue,
  KAFKA_PORTAL_ERROR_CODES.notAuthentic,
  KAFKA_PORTAL_ERROR_CODES.unknownKey,
  KAFKA_PORTAL_ERROR_CODES.notAuthorized,
]);

interface OpenedBatch {
  readonly records: readonly KafkaRecord[];
  readonly stopped: Error | undefined;
}

async function openBatch(
  batch: RecordBatch | MessageSet,
  partition: Partition,
  options: OpeningOptions,
): Promise<OpenedBatch> {
  const records: KafkaRecord[] = [];
  for (const record of batch.records()) {
    const { key, value } = record;
    if (value === null) {
      records.push(record);
      continue;
    }
    try {
      const opening = options.protection.open(options.cipher, { ...partition, key }, value);
      // A promise for each record would cost more than its decryption.
      records.push({ ...record, value: opening instanceof Uint8Array ? opening : await opening });
    } catch (error) {
      if (!isVerdict(error)) throw error;
      const fate = fateOf(record, partition, error, options);
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
  record: KafkaRecord,
  partition: Partition,
  error: Error,
  { onUnopened, plain, unreadable }: OpeningOptions,
): RecordFate {
  const isPlain =
    isOckamError(error, KAFKA_PORTAL_ERROR_CODES.notSealed) ||
    isOckamError(error, KAFKA_PORTAL_ERROR_CODES.invalidValue);
  if (onUnopened(partition, record, error) === "wait") return "error";
  return isPlain ? plain : unreadable;
}

/** The batch as if it had ended there: the consumer goes on behind its last record. */
function cutBefore(
  batch: RecordBatch | MessageSet,
  records: readonly KafkaRecord[],
): readonly (RecordBatch | MessageSet)[] {
  if (!(batch instanceof RecordBatch)) return MessageSet.of(records, batch.magic);
  const { baseSequence, isTransactional, partitionLeaderEpoch, producerEpoch, producerId, timestampType } =
    batch;
  return [
    RecordBatch.of(records, {
      baseSequence,
      isTransactional,
      partitionLeaderEpoch,
      producerEpoch,
      producerId,
      timestampType: timestampType === "log-append" ? "log-append" : "create",
    }),
  ];
}
