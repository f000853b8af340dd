export { OckamError, isOckamError } from "./error.ts";
export type { ErrorDetails } from "./error.ts";
export type { Log, LogEntry, LogLevel } from "./log.ts";
export { silentLog } from "./log.ts";
export {
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  equalBytes,
  expectBytes,
  fromHex,
  toHex,
  zeroBytes,
} from "./bytes.ts";
export { CborReader } from "./cbor-reader.ts";
export type { CborItems, CborReaderLimits } from "./cbor-reader.ts";
export { MAX_CBOR_DEPTH, MAX_CBOR_SKIPPED_ITEMS } from "./cbor-reader.ts";
export { CborWriter } from "./cbor-writer.ts";
export {
  decodeBareBytes,
  decodeBareString,
  decodeUvarint,
  encodeBareBytes,
  encodeBareString,
  encodeUvarint,
  MAX_UVARINT_LENGTH,
} from "./bare.ts";
