// A Fetch response, opened. docs/protocol/kafka-portal.md, "Consuming".
import type { KafkaRecord, KafkaResponse } from "@ockam/kafka-protocol";
import { setTimeout as sleep } from "node:timers/promises";

import { KAFKA_ERROR } from "./kafka-error-code.ts";
import type { OpeningOptions } from "./open-records.ts";
import { openRecords } from "./open-records.ts";
import type { ReadingPatience } from "./reading-patience.ts";
import type { Partition } from "./seal-records.ts";
import type { TopicNames } from "./topic-names.ts";

/** How long a response is held back when all it has is records whose key may come later, ms: consumers ask again at once. */
export const UNREADABLE_DELAY = 200;

type FetchResponse = KafkaResponse<"Fetch">;
type TopicResponse = FetchResponse["body"]["responses"][number];
type PartitionResponse = TopicResponse["partitions"][number];

/** How responses are opened. */
export interface FetchOpeningOptions extends Omit<OpeningOptions, "onUnopened"> {
  readonly topics: TopicNames;
  readonly patience: ReadingPatience;
  /** Told of each record that is left out, handed on unopened, or stops its partition. */
  onUnreadable(partition: Partition, record: KafkaRecord, cause: Error): void;
}

/** Opens the records of a response, partition by partition. */
export async function openFetch(
  response: FetchResponse,
  options: FetchOpeningOptions,
): Promise<FetchResponse> {
  let waits = false;
  const responses: TopicResponse[] = [];
  for (const topic of response.body.responses) {
    const name = options.topics.nameOf({ name: topic.topic, topicId: topic.topicId });
    const partitions: PartitionResponse[] = [];
    for (const data of topic.partitions) {
      if (data.records === null || data.records.length === 0) partitions.push(data);
      else if (name === undefined) {
        partitions.push({ ...data, errorCode: KAFKA_ERROR.unknownTopicId, records: new Uint8Array(0) });
      } else {
        const opened = await openPartition(data, { topic: name, partition: data.partitionIndex }, options);
        waits ||= opened.waits;
        partitions.push(opened.data);
      }
    }
    responses.push({ ...topic, partitions });
  }
  if (waits) await sleep(UNREADABLE_DELAY);
  return { ...response, body: { ...response.body, responses } };
}

interface OpenedPartition {
  readonly data: PartitionResponse;
  /** Whether it is empty because a key may come later. */
  readonly waits: boolean;
}

async function openPartition(
  data: PartitionResponse,
  partition: Partition,
  options: FetchOpeningOptions,
): Promise<OpenedPartition> {
  let asksToWait = false;
  const { records, stopped } = await openRecords(data.records!, partition, {
    ...options,
    onUnopened: (at, record, cause) => {
      asksToWait = options.patience.isLeft(at, cause);
      if (asksToWait) return "wait";
      options.onUnreadable(at, record, cause);
      return "decide";
    },
  });
  const isEmpty = records.length === 0;
  if (stopped === undefined || !isEmpty) return { data: { ...data, records }, waits: false };
  if (asksToWait) return { data: { ...data, records }, waits: true };
  return { data: { ...data, errorCode: KAFKA_ERROR.corruptMessage, records }, waits: false };
}
