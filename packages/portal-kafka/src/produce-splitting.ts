// A batch that became too long for the broker by being sealed. docs/protocol/kafka-portal.md, "Batches".
import { decodeRecordSet, RecordBatch } from "@ockam/kafka-protocol";
import type { KafkaRecord, KafkaRequest, KafkaResponse } from "@ockam/kafka-protocol";

import { isTopicKeyRecord } from "./topic-key-record.ts";

/**
 * Up to how many bytes a sealed batch is sent as one, unless the client's was longer already: librdkafka fills batches
 * up to that, and brokers take 1,048,588 unless they were told otherwise.
 */
export const MAX_SEALED_BATCH_LENGTH = 1_000_000;
/** Into how many parts a batch of an idempotent producer is cut: so many a broker knows again when they come a second time. */
export const MAX_IDEMPOTENT_PARTS = 5;

type ProduceRequest = KafkaRequest<"Produce">;
type ProduceResponse = KafkaResponse<"Produce">;
type TopicData = ProduceRequest["body"]["topicData"][number];
type PartitionData = TopicData["partitionData"][number];
type TopicResponse = ProduceResponse["body"]["responses"][number];
type PartitionResponse = TopicResponse["partitionResponses"][number];

/** Bytes of a record beside its key, value and headers, at most: seven numbers of variable length. */
const RECORD_OVERHEAD = 40;
/** Bytes of a header of a record beside its name and value, at most. */
const HEADER_OVERHEAD = 10;
/** Bytes of a batch beside its records. */
const BATCH_OVERHEAD = 61;
const SEQUENCE_NUMBERS = 2 ** 31;

/**
 * The request in as many parts as it takes: a broker takes one batch of a partition with each. Each is to be sent when
 * the one before it was answered, {@link withoutFailed}.
 * @param original the request as the client sent it
 */
export function splitProduce(
  request: ProduceRequest,
  original: ProduceRequest,
  limit: number = MAX_SEALED_BATCH_LENGTH,
): readonly ProduceRequest[] {
  const parts: TopicData[][] = [];
  for (const topic of request.body.topicData) {
    const split = topic.partitionData.map((data) => {
      const before = lengthOf(original, topic, data.index);
      return splitPartition(data, Math.max(limit, before));
    });
    const count = Math.max(...split.map(({ length }) => length));
    for (let part = 0; part < count; part++) {
      const partitionData = split.flatMap((pieces) => pieces.slice(part, part + 1));
      (parts[part] ??= []).push({ ...topic, partitionData });
    }
  }
  if (parts.length <= 1) return [request];
  return parts.map((topicData) => ({ ...request, body: { ...request.body, topicData } }));
}

/** What is left of a part, as the rest of a batch must not come before what failed; undefined when that is nothing. */
export function withoutFailed(
  part: ProduceRequest,
  responses: readonly ProduceResponse[],
): ProduceRequest | undefined {
  const failed = ({ name, topicId }: TopicData, partition: number): boolean =>
    responses.some(({ body }) =>
      body.responses.some(
        (topic) =>
          topic.name === name &&
          topic.topicId === topicId &&
          topic.partitionResponses.some(({ errorCode, index }) => index === partition && errorCode !== 0),
      ),
    );
  const topicData = part.body.topicData.flatMap((topic) => {
    const partitionData = topic.partitionData.filter(({ index }) => !failed(topic, index));
    return partitionData.length === 0 ? [] : [{ ...topic, partitionData }];
  });
  return topicData.length === 0 ? undefined : { ...part, body: { ...part.body, topicData } };
}

/** One response for those to all parts: the first error of each partition, or where its first record is. */
export function joinProduce(responses: readonly ProduceResponse[]): ProduceResponse {
  const [first, ...others] = responses;
  if (first === undefined) throw new RangeError("there is no response to join");
  const join = (topic: TopicResponse, partition: PartitionResponse): PartitionResponse => {
    if (partition.errorCode !== 0) return partition;
    for (const { body } of others) {
      const later = body.responses
        .find(({ name, topicId }) => name === topic.name && topicId === topic.topicId)
        ?.partitionResponses.find(({ index }) => index === partition.index);
      // Which of its records are meant would be told by their place in the part.
      if (later !== undefined && later.errorCode !== 0) return { ...later, recordErrors: [] };
    }
    return partition;
  };
  const bodies = responses.map(({ body }) => body);
  return {
    ...first,
    body: {
      responses: first.body.responses.map((topic) => ({
        ...topic,
        partitionResponses: topic.partitionResponses.map((partition) => join(topic, partition)),
      })),
      throttleTimeMs: Math.max(...bodies.map(({ throttleTimeMs }) => throttleTimeMs)),
      nodeEndpoints: bodies.flatMap(({ nodeEndpoints }) => nodeEndpoints),
    },
  };
}

function lengthOf({ body }: ProduceRequest, { name, topicId }: TopicData, partition: number): number {
  const topic = body.topicData.find((other) => other.name === name && other.topicId === topicId);
  return topic?.partitionData.find(({ index }) => index === partition)?.records?.length ?? 0;
}

function splitPartition(data: PartitionData, limit: number): readonly PartitionData[] {
  const { records } = data;
  if (records === null || records.length <= limit) return [data];
  const { batches } = decodeRecordSet(records);
  const [batch] = batches;
  // Old message sets, and what is no proper request, are the broker's to judge.
  if (batches.length !== 1 || !(batch instanceof RecordBatch)) return [data];
  const parts = splitBatch(batch, limit);
  return mayBeSplit(batch, parts) ? parts.map(({ bytes }) => ({ ...data, records: bytes })) : [data];
}

/**
 * Whether a broker knows the parts again when the producer sends its batch a second time: by their first and last
 * sequence numbers. So they must be cut where they were, which is so for what is sealed with topic keys, whose length is
 * that of the content; Rust's envelopes have any length.
 */
function mayBeSplit(batch: RecordBatch, parts: readonly RecordBatch[]): boolean {
  if (batch.producerId < 0n) return true;
  const values = batch.slices().flatMap(({ value }) => (value === null ? [] : [value]));
  return parts.length <= MAX_IDEMPOTENT_PARTS && values.every(isTopicKeyRecord);
}

function splitBatch(batch: RecordBatch, limit: number): readonly RecordBatch[] {
  const groups: KafkaRecord[][] = [];
  let length = Infinity;
  for (const record of batch.records()) {
    const added = lengthBound(record);
    if (length + added > limit) {
      groups.push([]);
      length = BATCH_OVERHEAD;
    }
    groups.at(-1)!.push(record);
    length += added;
  }
  let sent = 0;
  return groups.map((group) => {
    const part = partOf(batch, group, sent);
    sent += group.length;
    return part;
  });
}

/** A batch of its own, as the producer would have made it. */
function partOf(batch: RecordBatch, group: readonly KafkaRecord[], before: number): RecordBatch {
  const { baseSequence, compression, isTransactional, partitionLeaderEpoch, producerEpoch, producerId } =
    batch;
  return RecordBatch.of(
    group.map((record, index) => ({ ...record, offset: BigInt(index) })),
    {
      baseSequence: baseSequence < 0 ? baseSequence : (baseSequence + before) % SEQUENCE_NUMBERS,
      compression,
      isTransactional,
      partitionLeaderEpoch,
      producerEpoch,
      producerId,
    },
  );
}

function lengthBound({ headers, key, value }: KafkaRecord): number {
  let length = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) {
    // A character of UTF-16 has at most three bytes.
    length += HEADER_OVERHEAD + 3 * header.key.length + (header.value?.length ?? 0);
  }
  return length;
}
