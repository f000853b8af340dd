// What a producer sent, as the broker may see it. docs/protocol/kafka-portal.md, "Batches".
import { decodeRecordSet, encodeRecordSet, RecordBatch } from "@ockam/kafka-protocol";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import type { Partition } from "./partition.ts";
import type { RecordSealer } from "./record-cipher.ts";
import type { ValueProtection } from "./value-protection.ts";

/**
 * Seals the values of all records of a record set. Keys, headers, times, offsets, producer and compression stay; so do
 * records without a value, which are the tombstones of compacted topics.
 * @throws OckamError OCKAM_KAFKA_INVALID_VALUE; OCKAM_KAFKA_INVALID_MESSAGE for what producers do not send: a batch that is cut off, and
 * control batches; those of `decodeRecordSet` and `batch.records`
 */
export function sealRecords(
  bytes: Uint8Array,
  { partition, topic }: Partition,
  protection: ValueProtection,
  sealer: RecordSealer,
): Uint8Array {
  const { batches, tail } = decodeRecordSet(bytes);
  // Both would reach the broker as they are.
  if (tail.length > 0 || batches.some(({ isControl }) => isControl)) {
    throw kafkaPortalError(
      KAFKA_PORTAL_ERROR_CODES.invalidMessage,
      "the producer sent what is no batch of records",
    );
  }
  const sealed = batches.map((batch) => {
    const by = batch.compression === "none" ? sealer : (sealer.compressing ?? sealer);
    const seal = (key: Uint8Array | null, value: Uint8Array): Uint8Array =>
      protection.seal(by, { topic, partition, key }, value);
    if (batch instanceof RecordBatch) {
      return batch.withSlices(
        batch
          .slices()
          .map((slice) => (slice.value === null ? slice : slice.withValue(seal(slice.key, slice.value)))),
      );
    }
    return batch.withRecords(
      batch
        .records()
        .map((record) =>
          record.value === null ? record : { ...record, value: seal(record.key, record.value) },
        ),
    );
  });
  return encodeRecordSet({ batches: sealed, tail });
}
