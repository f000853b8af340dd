export { apiKey, apiName, API_NAMES, apiVersions, isFlexible, isSupported } from "./api.ts";
export type { ApiName } from "./api.ts";
export { knownVersions } from "./offered-versions.ts";
export type { OfferedVersions } from "./offered-versions.ts";
export {
  BROKER_ADDRESS_APIS,
  brokerAddresses,
  mapBrokerAddresses,
  OTHER_ADDRESS_APIS,
} from "./broker-addresses.ts";
export type { BrokerAddress } from "./broker-addresses.ts";
export { OTHER_RECORD_APIS } from "./record-apis.ts";
export { KAFKA_VERSION } from "./generated/schemas.ts";
export { decodeRequest, decodeRequestHeader, encodeRequest, peekRequest } from "./request.ts";
export type { KafkaRequest, RequestDraft, RequestHeader, RequestStart } from "./request.ts";
export { decodeResponse, encodeResponse, peekCorrelationId } from "./response.ts";
export type { KafkaResponse, ResponseDraft } from "./response.ts";
export type * from "./generated/messages.ts";
export type { Draft } from "./draft.ts";
export type { UnknownTag, VersionRange } from "./schema.ts";
export { formatUuid, parseUuid, ZERO_UUID } from "./uuid.ts";
export { FrameDecoder, framePrefix } from "./frame.ts";
export type { FrameDecoderOptions } from "./frame.ts";
export { decodeRecordSet, encodeRecordSet } from "./record-set.ts";
export type { RecordSet, RecordSetOptions } from "./record-set.ts";
export { RecordBatch } from "./record-batch.ts";
export type { RecordBatchOptions, RewriteOptions, SliceOptions } from "./record-batch.ts";
export { RecordSlice } from "./record-slice.ts";
export { MessageSet } from "./message-set.ts";
export type { KafkaRecord, RecordHeader, TimestampType } from "./kafka-record.ts";
export { COMPRESSIONS } from "./compression.ts";
export type { Compression } from "./compression.ts";
export type { KafkaProtocolErrorCode } from "./kafka-error.ts";
export {
  MAX_BATCH_RECORDS,
  MAX_DECOMPRESSED_LENGTH,
  MAX_DECOMPRESSION_RATIO,
  MAX_FRAME_LENGTH,
  MAX_MESSAGE_STRUCTS,
  MAX_SET_BATCHES,
  MAX_STRING_LENGTH,
  MIN_DECOMPRESSION_ALLOWANCE,
} from "./limits.ts";
