import { apiKey, apiName, apiVersions, bodyCodec, isFlexible } from "./api.ts";
import type { ApiName } from "./api.ts";
import type { Draft } from "./draft.ts";
import type { RequestBodies } from "./generated/messages.ts";
import { invalidMessage, kafkaError } from "./kafka-error.ts";
import { KafkaReader } from "./kafka-reader.ts";
import { KafkaWriter } from "./kafka-writer.ts";
import { primitiveCodec } from "./primitive-type.ts";
import type { UnknownTag } from "./schema.ts";
import { readTaggedFields, writeTaggedFields } from "./tagged-fields.ts";

/** What every request starts with, whatever its API. */
export interface RequestStart {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
}

/** The header of a request of a known API. */
export interface RequestHeader extends RequestStart {
  readonly api: ApiName;
  readonly clientId: string | null;
  readonly unknownTags?: readonly UnknownTag[];
  /** Bytes of the header; the body follows. */
  readonly length: number;
}

/** A decoded request; narrow it by `api`. */
export type KafkaRequest<Api extends ApiName = ApiName> = {
  [Name in Api]: {
    readonly api: Name;
    readonly version: number;
    readonly correlationId: number;
    readonly clientId: string | null;
    /** Tagged fields of the header. */
    readonly headerTags?: readonly UnknownTag[];
    readonly body: RequestBodies[Name];
  };
}[Api];

/** A request to encode. */
export interface RequestDraft<Api extends ApiName> {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly clientId?: string | null;
  readonly headerTags?: readonly UnknownTag[];
  readonly body: Draft<RequestBodies[Api]>;
}

const START_LENGTH = 8;
const clientIdCodec = primitiveCodec("string", { compact: false, nullable: true });

/**
 * The first 8 bytes of a request (without its length prefix), which mean the same in every version of every API.
 * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE for fewer bytes
 */
export function peekRequest(message: Uint8Array): RequestStart {
  if (message.length < START_LENGTH) throw invalidMessage(`a request of ${message.length} bytes`);
  const reader = new KafkaReader(message);
  return {
    apiKey: reader.readInt16(),
    apiVersion: reader.readInt16(),
    correlationId: reader.readInt32(),
  };
}

/**
 * The header of a request (without its length prefix): version 2 where the API's version is flexible, else 1. It can be read also for
 * versions that are newer than this package knows.
 * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE, OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_API for an unknown or withdrawn API
 */
export function decodeRequestHeader(message: Uint8Array): RequestHeader {
  const start = peekRequest(message);
  const api = apiName(start.apiKey);
  if (api === undefined || apiVersions(api) === undefined) {
    throw kafkaError("OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_API", `unknown Kafka API key ${start.apiKey}`);
  }
  const reader = new KafkaReader(message, START_LENGTH);
  const clientId = clientIdCodec.read(reader) as string | null;
  const unknownTags = isFlexible(api, start.apiVersion) ? readTaggedFields(reader, () => false) : undefined;
  return {
    ...start,
    api,
    clientId,
    length: reader.offset,
    ...(unknownTags === undefined ? {} : { unknownTags }),
  };
}

/**
 * A request, without its length prefix. Bytes in the body are views of the message.
 * @throws OckamError OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE, OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_API,
 * OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_VERSION
 */
export function decodeRequest(message: Uint8Array): KafkaRequest {
  const {
    api,
    apiVersion: version,
    correlationId,
    clientId,
    unknownTags,
    length,
  } = decodeRequestHeader(message);
  const codec = bodyCodec("request", api, version);
  const reader = new KafkaReader(message, length);
  const body = codec.read(reader);
  reader.end();
  const decoded: unknown = {
    api,
    version,
    correlationId,
    clientId,
    body,
    ...(unknownTags === undefined ? {} : { headerTags: unknownTags }),
  };
  return decoded as KafkaRequest;
}

/**
 * The bytes of a request, without a length prefix.
 * @throws OckamError OCKAM_KAFKA_PROTOCOL_UNSUPPORTED_VERSION; TypeError or RangeError, with the field's name, for a value that the
 * field cannot have in this version
 */
export function encodeRequest<Api extends ApiName>(request: RequestDraft<Api>): Uint8Array {
  const { api, version, correlationId, clientId = null, headerTags = [], body } = request;
  const codec = bodyCodec("request", api, version);
  const writer = new KafkaWriter();
  writer.writeInt16(apiKey(api));
  writer.writeInt16(version);
  writer.writeInt32(correlationId);
  clientIdCodec.write(writer, clientId);
  if (isFlexible(api, version)) writeTaggedFields(writer, headerTags);
  codec.write(writer, body);
  return writer.finish();
}
