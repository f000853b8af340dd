// One link of a change history:
//
//   change      = [data: bytes .cbor versioned-data (type 1), signature, ? previous-signature: signature]
//   change-data = [previous-change: hash / null, primary-public-key: verifying-key, revoke-all-purpose-keys: bool,
//                  attestations-valid-from: seconds, attestations-valid-until: seconds]
//
// The hash of a change, and what both its keys sign, is the SHA-256 of the received bytes of `data`: they are never
// encoded again. docs/protocol/identities.md, "Change".
import { CborReader, CborWriter, toHex } from "@ockam/codec";
import type { Signature, SigningKeyType, VerifyingKey, VerifyingVault } from "@ockam/vault";
import { readSignature, readVerifyingKey, writeSignature, writeVerifyingKey } from "@ockam/vault";
import { invalidHistory } from "./identity-error.ts";
import { decodeVersionedData, encodeVersionedData, VERSIONED_DATA_TYPE } from "./versioned-data.ts";

const HASH_LENGTH = 32;

/** What a change says, before it is encoded and signed. */
export interface ChangeData {
  /** The hash of the change before, undefined in the first. */
  readonly previousHash: Uint8Array | undefined;
  /** The key that is the identity's from this change on. */
  readonly publicKey: VerifyingKey;
  /** Whether the owner asked for the end of all purpose keys. A change ends them anyway; this is carried and shown. */
  readonly revokeAllPurposeKeys: boolean;
  /** From when the key may sign attestations: seconds since 1970. */
  readonly validFrom: number;
  /** Until when the key may sign attestations: seconds since 1970. */
  readonly validUntil: number;
}

/** A change as it stands in a history. All byte fields are views of the history's bytes. */
export interface Change extends ChangeData {
  /** SHA-256 of {@link data}. */
  readonly hash: Uint8Array;
  /** The versioned data that is hashed and signed, as received. */
  readonly data: Uint8Array;
  /** By the change's own key. */
  readonly signature: Signature;
  /** By the key of the change before. In a first change it is ignored. */
  readonly previousSignature: Signature | undefined;
  /** The whole change as received. */
  readonly encoded: Uint8Array;
}

/** The names that Ockam shows for the kinds of signing keys. */
const KEY_TYPE_NAMES: Readonly<Record<SigningKeyType, string>> = {
  ed25519: "EdDSACurve25519",
  p256: "ECDSASHA256CurveP256",
};

/** A change's fields as the command line shows them. */
export interface ChangeFields {
  readonly identifier: string;
  readonly primary_public_key: string;
  readonly revoke_all_purpose_keys: boolean;
}

/** A change's fields for people and JSON: hash as hex, key as `EdDSACurve25519: <hex>`. */
export function formatChange(change: Change): ChangeFields {
  return {
    identifier: toHex(change.hash),
    primary_public_key: formatVerifyingKey(change.publicKey),
    revoke_all_purpose_keys: change.revokeAllPurposeKeys,
  };
}

/** A public signing key for people: `EdDSACurve25519: <hex>` or `ECDSASHA256CurveP256: <hex>`. */
export function formatVerifyingKey(key: VerifyingKey): string {
  return `${KEY_TYPE_NAMES[key.type]}: ${toHex(key.bytes)}`;
}

/** The versioned data of a change: what is to be hashed and signed. */
export function encodeChangeData(change: ChangeData): Uint8Array {
  const writer = new CborWriter().array(5);
  if (change.previousHash === undefined) writer.null();
  else writer.bytes(change.previousHash);
  writeVerifyingKey(writer, change.publicKey);
  writer.bool(change.revokeAllPurposeKeys).uint(change.validFrom).uint(change.validUntil);
  return encodeVersionedData(VERSIONED_DATA_TYPE.change, writer.finish());
}

/** A change around versioned data and its signatures. */
export function encodeChange(
  data: Uint8Array,
  signature: Signature,
  previousSignature: Signature | undefined,
): Uint8Array {
  const writer = new CborWriter().array(previousSignature === undefined ? 2 : 3).bytes(data);
  writeSignature(writer, signature);
  if (previousSignature !== undefined) writeSignature(writer, previousSignature);
  return writer.finish();
}

/**
 * Reads the next item of `reader`, which reads `source`, as a change. Nothing is verified but the shape.
 * @throws OckamError OCKAM_CODEC_INVALID_CBOR, OCKAM_IDENTITY_INVALID_HISTORY, or of the vault's readers.
 */
export function readChange(reader: CborReader, source: Uint8Array, vault: VerifyingVault): Change {
  const start = reader.offset;
  const fields = reader.array();
  fields.need("data");
  const data = reader.bytes();
  fields.need("signature");
  const signature = readSignature(reader);
  const previousSignature = fields.optional(() => readKnownSignature(reader));
  fields.end();
  const encoded = source.subarray(start, reader.offset);
  return { ...decodeChangeData(data), hash: vault.sha256(data), data, signature, previousSignature, encoded };
}

function decodeChangeData(data: Uint8Array): ChangeData {
  const reader = new CborReader(decodeVersionedData(data, VERSIONED_DATA_TYPE.change, invalidHistory));
  const fields = reader.array();
  fields.need("previous-change");
  const previousHash = reader.null() ? undefined : reader.bytes(HASH_LENGTH);
  fields.need("primary-public-key");
  const publicKey = readVerifyingKey(reader);
  fields.need("revoke-all-purpose-keys");
  const revokeAllPurposeKeys = reader.bool();
  fields.need("attestations-valid-from");
  const validFrom = reader.uint();
  fields.need("attestations-valid-until");
  const validUntil = reader.uint();
  fields.end();
  return { previousHash, publicKey, revokeAllPurposeKeys, validFrom, validUntil };
}

/** An optional signature of a kind that this version does not know counts as absent, as in the Rust decoder. */
function readKnownSignature(reader: CborReader): Signature | undefined {
  const encoded = reader.raw();
  return new CborReader(encoded).variant() > 1 ? undefined : readSignature(new CborReader(encoded));
}
