// What a producer sent, as the broker may see it. docs/protocol/kafka-portal.md, "Batches".
import { decodeRecordSet, encodeRecordSet } from "@ockam/kafka-protocol";
import type { KafkaRecord } from "@ockam/kafka-protocol";

import type { RecordSealer } from "./record-cipher.ts";
import type { ValueProtection } from "./value-protection.ts";

/** Of which partition records are. */
export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Seals the values of all records of a record set. Keys, headers, times, offsets, producer and compression stay; so do
 * records without a value, which are the tombstones of compacted topics, and control batches.
 * @throws OckamError OCKAM_KAFKA_INVALID_VALUE, and those of `decodeRecordSet` and `batch.records`
 */
export function sealRecords(
  bytes: Uint8Array,
  { partition, topic }: Partition,
  protection: ValueProtection,
  sealer: RecordSealer,
): Uint8Array {
  const { batches, tail } = decodeRecordSet(bytes);
  const sealed = batches.map((batch) => {
    if ("isControl" in batch && batch.isControl) return batch;
    const by = batch.compression === "none" ? sealer : (sealer.compressing ?? sealer);
    const seal = (record: KafkaRecord): KafkaRecord => {
      const { key, value } = record;
      return value === null
        ? record
        : { ...record, value: protection.seal(by, { topic, partition, key }, value) };
    };
    return batch.withRecords(batch.records().map(seal));
  });
  return encodeRecordSet({ batches: sealed, tail });
}
