import { bodyCodec, isFlexible } from "./api.ts";
import type { ApiName } from "./api.ts";
import type { Draft } from "./draft.ts";
import type { ResponseBodies } from "./generated/messages.ts";
import { KafkaReader } from "./kafka-reader.ts";
import { KafkaWriter } from "./kafka-writer.ts";
import type { UnknownTag } from "./schema.ts";
import { readTaggedFields, writeTaggedFields } from "./tagged-fields.ts";

/** A decoded response; narrow it by `api`. */
export type KafkaResponse<Api extends ApiName = ApiName> = {
  [Name in Api]: {
    readonly api: Name;
    readonly version: number;
    readonly correlationId: number;
    /** Tagged fields of the header. */
    readonly headerTags?: readonly UnknownTag[];
    readonly body: ResponseBodies[Name];
  };
}[Api];

/** A response to encode. */
export interface ResponseDraft<Api extends ApiName> {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly headerTags?: readonly UnknownTag[];
  readonly body: Draft<ResponseBodies[Api]>;
}

const UNSUPPORTED_VERSION = 35;

/**
 * The correlation id of a response (without its length prefix): it says which request this answers, and so its API and version.
 * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE for fewer than 4 bytes
 */
export function peekCorrelationId(message: Uint8Array): number {
  return new KafkaReader(message).readInt32();
}

/**
 * The response to a request of that API and version, without its length prefix. Bytes in the body are views of the message.
 *
 * A broker that does not know the version of an ApiVersions request answers in version 0 with error 35 (KIP-511): such a
 * response is returned with `version: 0`.
 * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE, OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_VERSION
 */
export function decodeResponse<Api extends ApiName>(
  api: Api,
  version: number,
  message: Uint8Array,
): KafkaResponse<Api> {
  const reader = new KafkaReader(message);
  const correlationId = reader.readInt32();
  const unknownTags = hasHeaderTags(api, version) ? readTaggedFields(reader, () => false) : undefined;
  const actual = api === "ApiVersions" && refusesVersion(message, reader.offset) ? 0 : version;
  const body = bodyCodec("response", api, actual).read(reader);
  reader.end();
  const decoded: unknown = {
    api,
    version: actual,
    correlationId,
    body,
    ...(unknownTags === undefined ? {} : { headerTags: unknownTags }),
  };
  return decoded as KafkaResponse<Api>;
}

/**
 * The bytes of a response, without a length prefix.
 * @throws OckamError OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_VERSION; TypeError or RangeError, with the field's name, for a value that the
 * field cannot have in this version
 */
export function encodeResponse<Api extends ApiName>(response: ResponseDraft<Api>): Uint8Array {
  const { api, version, correlationId, headerTags = [], body } = response;
  const codec = bodyCodec("response", api, version);
  const writer = new KafkaWriter();
  writer.writeInt32(correlationId);
  if (hasHeaderTags(api, version)) writeTaggedFields(writer, headerTags);
  codec.write(writer, body);
  return writer.finish();
}

/** Response headers of flexible versions are version 1, except of ApiVersions: a client reads that one before it knows the broker. */
function hasHeaderTags(api: ApiName, version: number): boolean {
  return api !== "ApiVersions" && isFlexible(api, version);
}

function refusesVersion(message: Uint8Array, offset: number): boolean {
  return message.length >= offset + 2 && new KafkaReader(message, offset).readInt16() === UNSUPPORTED_VERSION;
}
