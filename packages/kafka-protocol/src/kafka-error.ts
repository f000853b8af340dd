import { OckamError } from "@ockam/codec";

/** The codes of this package's errors. */
export type KafkaProtocolErrorCode =
  | "OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE"
  | "OCKAM_KAFKA_PROTOCOL_FRAME_TOO_LONG"
  | "OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_API"
  | "OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_VERSION"
  | "OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS"
  | "OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT"
  | "OCKAM_KAFKA_PROTOCOL_COMPRESSION_UNAVAILABLE";

/** An error of this package, of a code that {@link KafkaProtocolErrorCode} lists. */
export function kafkaError(code: KafkaProtocolErrorCode, message: string, cause?: unknown): OckamError {
  return new OckamError(code, message, { cause });
}

/** The peer's message breaks the protocol. */
export function invalidMessage(message: string, cause?: unknown): OckamError {
  return kafkaError("OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE", message, cause);
}

/** Record batches are malformed or damaged. */
export function invalidRecords(message: string, cause?: unknown): OckamError {
  return kafkaError("OCKAM_KAFKA_PROTOCOL_INVALID_RECORDS", message, cause);
}
