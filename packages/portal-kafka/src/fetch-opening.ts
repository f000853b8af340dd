// A Fetch response, opened. docs/protocol/kafka-portal.md, "Consuming".
import { isOckamError } from "@ockam/codec";
import { MAX_FRAME_LENGTH } from "@ockam/kafka-protocol";
import type { KafkaResponse } from "@ockam/kafka-protocol";
import { setTimeout as sleep } from "node:timers/promises";

import type { FetchPositions } from "./fetch-positions.ts";
import { KAFKA_ERROR } from "./kafka-error-code.ts";
import type { KafkaErrorCode } from "./kafka-error-code.ts";
import { KAFKA_PORTAL_ERROR_CODES } from "./kafka-portal-error.ts";
import type { OpeningOptions } from "./open-records.ts";
import { openRecords } from "./open-records.ts";
import type { Partition } from "./partition.ts";
import type { ReadingPatience } from "./reading-patience.ts";
import type { TopicNames } from "./topic-names.ts";

/** How long a response is held back when all it has is records whose key may come later, ms: consumers ask again at once. */
export const UNREADABLE_DELAY = 200;
/** The most bytes of records in a response once they are opened and decompressed; a message has some more. */
export const MAX_OPENED_LENGTH: number = MAX_FRAME_LENGTH - 4 * 1024 * 1024;

type FetchResponse = KafkaResponse<"Fetch">;
type TopicResponse = FetchResponse["body"]["responses"][number];
type PartitionResponse = TopicResponse["partitions"][number];

/** How responses are opened. */
export interface FetchOpeningOptions extends Omit<OpeningOptions, "from" | "onUnopened" | "maxLength"> {
  readonly topics: TopicNames;
  /** From where on the client reads. */
  readonly positions: Pick<FetchPositions, "of">;
  readonly patience: ReadingPatience;
  /** Default {@link MAX_OPENED_LENGTH}. */
  readonly maxOpenedLength?: number;
  /** Told of each record that is left out, handed on unopened, or stops its partition. */
  onUnreadable(partition: Partition, offset: bigint, cause: Error): void;
  /** Told of each partition that stops for another reason: a batch that is damaged, or too large. */
  onStopped(partition: Partition, cause: Error): void;
}

/**
 * Opens the records of a response, partition by partition.
 * @throws what the cipher throws that says nothing about the record, such as an error of a storage
 */
export async function openFetch(
  response: FetchResponse,
  options: FetchOpeningOptions,
): Promise<FetchResponse> {
  let waits = false;
  let opened = 0;
  const responses: TopicResponse[] = [];
  for (const topic of response.body.responses) {
    const name = options.topics.nameOf({ name: topic.topic, topicId: topic.topicId });
    const partitions: PartitionResponse[] = [];
    for (const data of topic.partitions) {
      const { partitionIndex: partition, records } = data;
      if (records === null || records.length === 0) partitions.push(data);
      else if (name === undefined) partitions.push(refused(data, KAFKA_ERROR.unknownTopicId));
      else {
        const from = options.positions.of(topic, partition);
        const outcome = await openPartition(records, { topic: name, partition }, from, opened, options);
        waits ||= outcome.waits;
        opened += outcome.records.length;
        partitions.push({
          ...data,
          records: outcome.records,
          ...(outcome.errorCode === undefined ? {} : { errorCode: outcome.errorCode }),
        });
      }
    }
    responses.push({ ...topic, partitions });
  }
  if (waits && opened === 0) await sleep(UNREADABLE_DELAY);
  return { ...response, body: { ...response.body, responses } };
}

interface OpenedPartition {
  readonly records: Uint8Array;
  /** Absent: that of the broker. */
  readonly errorCode?: KafkaErrorCode;
  /** Whether it is empty because a key may come later. */
  readonly waits: boolean;
}

/** `before`: how many bytes the partitions before it have in the response. */
async function openPartition(
  sealed: Uint8Array,
  partition: Partition,
  from: bigint | undefined,
  before: number,
  options: FetchOpeningOptions,
): Promise<OpenedPartition> {
  let asksToWait = false;
  let told: Error | undefined;
  const { maxOpenedLength = MAX_OPENED_LENGTH } = options;
  const { records, stopped } = await openRecords(sealed, partition, {
    ...options,
    from,
    maxLength: maxOpenedLength - before,
    onUnopened: (at, place, cause) => {
      asksToWait = options.patience.isLeft(at, cause, place);
      if (asksToWait) return "wait";
      options.onUnreadable(at, place.offset, cause);
      told = cause;
      return "decide";
    },
  });
  if (stopped === undefined || records.length > 0) return { records, waits: false };
  if (asksToWait && isOckamError(stopped, KAFKA_PORTAL_ERROR_CODES.keyRefused)) {
    // Told at once, as waiting alone will not help.
    return { records, errorCode: KAFKA_ERROR.topicAuthorizationFailed, waits: false };
  }
  if (asksToWait) return { records, waits: true };
  const isTooLong = isOckamError(stopped, KAFKA_PORTAL_ERROR_CODES.tooLong);
  // There will be room for it in a later response.
  if (isTooLong && before > 0) return { records, waits: false };
  if (stopped !== told) options.onStopped(partition, stopped);
  return { records, errorCode: stopCode(stopped), waits: false };
}

function stopCode(cause: Error): KafkaErrorCode {
  if (isOckamError(cause, KAFKA_PORTAL_ERROR_CODES.tooLong)) return KAFKA_ERROR.messageTooLarge;
  return isOckamError(cause, "OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE")
    ? KAFKA_ERROR.unsupportedCompressionType
    : KAFKA_ERROR.corruptMessage;
}

function refused(data: PartitionResponse, errorCode: KafkaErrorCode): PartitionResponse {
  return { ...data, errorCode, records: new Uint8Array(0) };
}
