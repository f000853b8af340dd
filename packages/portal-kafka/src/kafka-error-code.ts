/** Error codes of Kafka's protocol that an inlet answers with (https://kafka.apache.org/protocol#protocol_error_codes). */
export const KAFKA_ERROR = {
  none: 0,
  corruptMessage: 2,
  messageTooLarge: 10,
  /** Retriable: a producer sends the batch again, without asking for metadata first. */
  notEnoughReplicas: 19,
  topicAuthorizationFailed: 29,
  unsupportedVersion: 35,
  unsupportedCompressionType: 76,
  invalidRecord: 87,
  /** Retriable, after asking for metadata, by which the inlet learns the topic's name. */
  unknownTopicId: 100,
} as const;

/** One of them. */
export type KafkaErrorCode = (typeof KAFKA_ERROR)[keyof typeof KAFKA_ERROR];
