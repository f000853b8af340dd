// The envelope whose bytes are hashed and signed: versioned-data = [version: 0..255, type: 0..255, data: bytes].
// docs/protocol/identities.md, "What is signed".
import { CborReader, CborWriter } from "@ockam/codec";

/** The only version of the envelope. */
export const VERSIONED_DATA_VERSION = 1;

/** What an envelope holds. The number is signed too, so that no signature serves for another kind of data. */
export const VERSIONED_DATA_TYPE = { change: 1, purposeKeyAttestation: 2, credential: 3 } as const;

/** One of the numbers of {@link VERSIONED_DATA_TYPE}. */
export type VersionedDataType = (typeof VERSIONED_DATA_TYPE)[keyof typeof VERSIONED_DATA_TYPE];

/** An envelope of the given type around `data`. */
export function encodeVersionedData(type: VersionedDataType, data: Uint8Array): Uint8Array {
  return new CborWriter(data.length + 8)
    .array(3)
    .uint(VERSIONED_DATA_VERSION)
    .uint(type)
    .bytes(data)
    .finish();
}

/**
 * The data (a view) inside an envelope of the given type. Unknown further fields and bytes after it are ignored.
 * @param refuse makes the error for a wrong version or type from a reason.
 * @throws what `refuse` returns, or OckamError OCKAM_CODEC_INVALID_CBOR.
 */
export function decodeVersionedData(
  encoded: Uint8Array,
  type: VersionedDataType,
  refuse: (reason: string) => Error,
): Uint8Array {
  const reader = new CborReader(encoded);
  const fields = reader.array();
  fields.need("version");
  const version = reader.uint(0xff);
  fields.need("type");
  const found = reader.uint(0xff);
  fields.need("data");
  const data = reader.bytes();
  fields.end();
  if (version !== VERSIONED_DATA_VERSION) throw refuse(`version ${version} is unknown, only 1 is`);
  if (found !== type) throw refuse(`data type ${type} is expected, ${found} found`);
  return data;
}
