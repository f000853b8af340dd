// A Produce request, sealed as far as there are keys. docs/protocol/kafka-portal.md, "Producing".
import { isOckamError } from "@ockam/codec";
import type { KafkaRequest, KafkaResponse } from "@ockam/kafka-protocol";

import type { KafkaErrorCode } from "./kafka-error-code.ts";
import { KAFKA_ERROR } from "./kafka-error-code.ts";
import { KAFKA_PORTAL_ERROR_CODES } from "./kafka-portal-error.ts";
import type { KeyWaits } from "./key-waits.ts";
import type { Partition } from "./partition.ts";
import type { RecordCipher } from "./record-cipher.ts";
import type { RefusedSequences } from "./refused-sequences.ts";
import { sealRecords } from "./seal-records.ts";
import type { TopicNames } from "./topic-names.ts";
import type { ValueProtection } from "./value-protection.ts";

type ProduceRequest = KafkaRequest<"Produce">;
type ProduceResponse = KafkaResponse<"Produce">;
type TopicData = ProduceRequest["body"]["topicData"][number];
type PartitionData = TopicData["partitionData"][number];

/** How requests are sealed. */
export interface ProduceSealingOptions {
  readonly cipher: RecordCipher;
  readonly protection: ValueProtection;
  readonly topics: TopicNames;
  /** Of the connection, like {@link waits}. */
  readonly sequences: RefusedSequences;
  readonly waits: KeyWaits;
  /** Told of each partition that the broker does not get, and why. */
  onRefused(partition: Partition, cause: Error): void;
}

/** A partition that the broker does not get. */
export interface RefusedPartition {
  readonly name: string;
  readonly topicId: string;
  readonly index: number;
  readonly errorCode: KafkaErrorCode;
}

/** What becomes of a request. */
export interface SealedProduce {
  /** For the broker; without topics when nothing can be sent. */
  readonly request: ProduceRequest;
  readonly refused: readonly RefusedPartition[];
}

/** Seals the records of a request, partition by partition. */
export async function sealProduce(
  request: ProduceRequest,
  options: ProduceSealingOptions,
): Promise<SealedProduce> {
  const refused: RefusedPartition[] = [];
  const seal = async (topic: TopicData, data: PartitionData): Promise<PartitionData | undefined> => {
    const { records } = data;
    const place = placeOf(topic, data.index);
    const isEarly = records !== null && options.sequences.isEarly(place, records);
    const outcome = isEarly ? KAFKA_ERROR.notEnoughReplicas : await sealPartition(topic, data, options);
    if (typeof outcome === "object") {
      if (records !== null) options.sequences.pass(place, records);
      return outcome;
    }
    if (records !== null && !isEarly) options.sequences.refuse(place, records);
    refused.push({ name: topic.name, topicId: topic.topicId, index: data.index, errorCode: outcome });
    return undefined;
  };
  const topicData = await Promise.all(
    request.body.topicData.map(async (topic) => {
      const partitions = await Promise.all(topic.partitionData.map((data) => seal(topic, data)));
      return { ...topic, partitionData: partitions.filter((data) => data !== undefined) };
    }),
  );
  const kept = topicData.filter(({ partitionData }) => partitionData.length > 0);
  return { request: { ...request, body: { ...request.body, topicData: kept } }, refused };
}

async function sealPartition(
  topic: TopicData,
  data: PartitionData,
  options: ProduceSealingOptions,
): Promise<PartitionData | KafkaErrorCode> {
  const name = options.topics.nameOf(topic);
  if (name === undefined) return KAFKA_ERROR.unknownTopicId;
  if (data.records === null) return data;
  const partition = { topic: name, partition: data.index };
  try {
    const agreement = options.cipher.sealer(name, data.index);
    const sealer = await options.waits.wait(placeOf(topic, data.index), agreement);
    if (sealer === undefined) return KAFKA_ERROR.notEnoughReplicas;
    return { ...data, records: sealRecords(data.records, partition, options.protection, sealer) };
  } catch (error) {
    if (!isOckamError(error)) throw error;
    options.onRefused(partition, error);
    return ERROR_CODES[error.code] ?? otherCode(error.code);
  }
}

/** What a producer is told. */
const ERROR_CODES: Readonly<Record<string, KafkaErrorCode>> = {
  [KAFKA_PORTAL_ERROR_CODES.noConsumer]: KAFKA_ERROR.notEnoughReplicas,
  [KAFKA_PORTAL_ERROR_CODES.notAuthorized]: KAFKA_ERROR.topicAuthorizationFailed,
  [KAFKA_PORTAL_ERROR_CODES.invalidValue]: KAFKA_ERROR.invalidRecord,
  OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE: KAFKA_ERROR.unsupportedCompressionType,
};

/** Kafka's errors are about the batch; any other is about this node at present, such as a key that was closed. */
function otherCode(code: string): KafkaErrorCode {
  return code.startsWith("OCKAM_KAFKA_") ? KAFKA_ERROR.corruptMessage : KAFKA_ERROR.notEnoughReplicas;
}

/** The broker's response with the partitions that it did not get. */
export function withRefused(
  response: ProduceResponse,
  refused: readonly RefusedPartition[],
): ProduceResponse {
  const responses = [...response.body.responses];
  for (const { errorCode, index, name, topicId } of refused) {
    const partition = {
      index,
      errorCode,
      baseOffset: -1n,
      logAppendTimeMs: -1n,
      logStartOffset: -1n,
      recordErrors: [],
      errorMessage: MESSAGES[errorCode] ?? null,
      currentLeader: { leaderId: -1, leaderEpoch: -1 },
    };
    const at = responses.findIndex((topic) => topic.name === name && topic.topicId === topicId);
    const topic = responses[at] ?? { name, topicId, partitionResponses: [] };
    const extended = { ...topic, partitionResponses: [...topic.partitionResponses, partition] };
    if (at < 0) responses.push(extended);
    else responses[at] = extended;
  }
  return { ...response, body: { ...response.body, responses } };
}

/** All partitions of a request, refused for one reason. */
export function refusedWhole(
  { body }: ProduceRequest,
  errorCode: KafkaErrorCode,
  sequences: RefusedSequences,
): readonly RefusedPartition[] {
  return body.topicData.flatMap((topic) =>
    topic.partitionData.map(({ index, records }) => {
      if (records !== null) sequences.refuse(placeOf(topic, index), records);
      return { name: topic.name, topicId: topic.topicId, index, errorCode };
    }),
  );
}

function placeOf({ name, topicId }: Pick<TopicData, "name" | "topicId">, index: number): string {
  return `${index} ${topicId} ${name}`;
}

/** A response of nothing but refused partitions. */
export function refusedResponse(
  { correlationId, version }: ProduceRequest,
  refused: readonly RefusedPartition[],
): ProduceResponse {
  const body = { responses: [], throttleTimeMs: 0, nodeEndpoints: [] };
  return withRefused({ api: "Produce", version, correlationId, body }, refused);
}

const MESSAGES: Readonly<Partial<Record<KafkaErrorCode, string>>> = {
  [KAFKA_ERROR.notEnoughReplicas]:
    "the Kafka inlet has no encryption key yet, or refused the batch before this one; its status says why",
  [KAFKA_ERROR.topicAuthorizationFailed]:
    "a policy of the Kafka inlet, or of who keeps its keys, does not allow it",
  [KAFKA_ERROR.invalidRecord]: "fields can be encrypted in JSON objects only",
  [KAFKA_ERROR.corruptMessage]: "the Kafka inlet cannot read the batch",
  [KAFKA_ERROR.unsupportedCompressionType]:
    "the node of the Kafka inlet cannot read records that are compressed so",
  [KAFKA_ERROR.messageTooLarge]: "encrypted, the request is longer than a request may be",
};
