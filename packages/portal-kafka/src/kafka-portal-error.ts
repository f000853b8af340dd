import { OckamError } from "@ockam/codec";
import type { ErrorDetails } from "@ockam/codec";

/** Codes of this package's errors. */
export const KAFKA_PORTAL_ERROR_CODES = {
  /** A value is not what an inlet with encryption wrote. */
  notSealed: "OCKAM_KAFKA_NOT_SEALED",
  /** A sealed value that cannot be read: it breaks the format, or was altered, or belongs elsewhere. */
  notAuthentic: "OCKAM_KAFKA_NOT_AUTHENTIC",
  /** The key of a sealed value is not here, at present or for ever. */
  unknownKey: "OCKAM_KAFKA_UNKNOWN_KEY",
  /** The key of a sealed value was not got yet, as nobody who may have it can be reached. */
  keyUnreachable: "OCKAM_KAFKA_KEY_UNREACHABLE",
  /** Who has the key of a sealed value does not give it to this node. */
  keyRefused: "OCKAM_KAFKA_KEY_REFUSED",
  /** The policy does not let the other side have, or be believed, what it sends. */
  notAuthorized: "OCKAM_KAFKA_NOT_AUTHORIZED",
  /** No consumer can be reached to agree on a key with. */
  noConsumer: "OCKAM_KAFKA_NO_CONSUMER",
  /** A value whose fields are to be encrypted is no JSON object. */
  invalidValue: "OCKAM_KAFKA_INVALID_VALUE",
  /** Opened records are more than a response may have. */
  tooLong: "OCKAM_KAFKA_TOO_LONG",
  /** The client or the broker breaks Kafka's protocol. */
  invalidMessage: "OCKAM_KAFKA_INVALID_MESSAGE",
} as const;

/** The code of an error of this package. */
export type KafkaPortalErrorCode = (typeof KAFKA_PORTAL_ERROR_CODES)[keyof typeof KAFKA_PORTAL_ERROR_CODES];

/** An error of this package. */
export function kafkaPortalError(
  code: KafkaPortalErrorCode,
  message: string,
  options: { readonly cause?: unknown; readonly details?: ErrorDetails } = {},
): OckamError {
  return new OckamError(code, message, options);
}
