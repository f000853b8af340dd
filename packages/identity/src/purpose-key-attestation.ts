// An identity's newest key says which key serves a purpose, and for how long:
//
//   attestation      = [data: bytes .cbor versioned-data (type 2), signature]
//   attestation-data = [subject: identifier, subject-latest-change-hash: hash, public-key: purpose-public-key,
//                       created-at: seconds, expires-at: seconds]
//   purpose-public-key = [0, [bytes .size 32]]     secure channels: an X25519 key
//                      / [1, [verifying-key]]      credentials: a signing key
//
// docs/protocol/identities.md, "Purpose key attestation".
import { CborReader, CborWriter, equalBytes, isOckamError } from "@ockam/codec";
import type { Signature, VerifyingKey } from "@ockam/vault";
import { readSignature, readVerifyingKey, writeSignature, writeVerifyingKey } from "@ockam/vault";
import { MAX_ATTESTATION_LENGTH, MAX_CLOCK_SKEW } from "./constants.ts";
import { Identifier, IDENTIFIER_LENGTH } from "./identifier.ts";
import { IDENTITY_ERROR_CODES, invalidAttestation } from "./identity-error.ts";
import type { Identity } from "./identity.ts";
import type { Purpose, PurposePublicKey } from "./purpose.ts";
import { decodeVersionedData, encodeVersionedData, VERSIONED_DATA_TYPE } from "./versioned-data.ts";

const X25519_KEY_LENGTH = 32;
const HASH_LENGTH = 32;

/** What an attestation says. */
export interface PurposeKeyAttestationData {
  /** Whose key it is. */
  readonly subject: Identifier;
  /** The hash of the change whose key signs the attestation: a later rotation ends it. */
  readonly subjectLatestChangeHash: Uint8Array;
  readonly key: AttestedKey;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Seconds since 1970: the last second in which it is accepted. */
  readonly expiresAt: number;
}

/** An attested public key with the purpose it is for. */
export type AttestedKey =
  | { readonly purpose: "secure-channel"; readonly publicKey: Uint8Array }
  | { readonly purpose: "credentials"; readonly publicKey: VerifyingKey };

/** An attestation that is decoded but not verified. Its byte fields are views of the received bytes. */
export interface UnverifiedAttestation extends PurposeKeyAttestationData {
  /** The versioned data that is hashed and signed, as received. */
  readonly data: Uint8Array;
  readonly signature: Signature;
}

/** What a verified attestation proves: `publicKey` is the subject's for `purpose` from `createdAt` to `expiresAt`. */
export interface VerifiedAttestation<P extends Purpose = Purpose> {
  readonly subject: Identifier;
  readonly purpose: P;
  readonly publicKey: PurposePublicKey<P>;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** The versioned data of an attestation: what is to be hashed and signed. */
export function encodeAttestationData(attestation: PurposeKeyAttestationData): Uint8Array {
  const writer = new CborWriter().array(5);
  writer.bytes(attestation.subject.bytes).bytes(attestation.subjectLatestChangeHash);
  const { key } = attestation;
  if (key.purpose === "secure-channel") writer.variant(0).array(1).bytes(key.publicKey);
  else writeVerifyingKey(writer.variant(1).array(1), key.publicKey);
  writer.uint(attestation.createdAt).uint(attestation.expiresAt);
  return encodeVersionedData(VERSIONED_DATA_TYPE.purposeKeyAttestation, writer.finish());
}

/** An attestation around versioned data and its signature. */
export function encodeAttestation(data: Uint8Array, signature: Signature): Uint8Array {
  const writer = new CborWriter().array(2).bytes(data);
  writeSignature(writer, signature);
  return writer.finish();
}

/**
 * Decodes an attestation without verifying anything but its shape.
 * @param encoded at most {@link MAX_ATTESTATION_LENGTH} bytes; bytes after the attestation are ignored.
 * @throws OckamError OCKAM_IDENTITY_INVALID_ATTESTATION
 */
export function decodeAttestation(encoded: Uint8Array): UnverifiedAttestation {
  if (encoded.length > MAX_ATTESTATION_LENGTH) {
    throw invalidAttestation(`it is longer than ${MAX_ATTESTATION_LENGTH} bytes`);
  }
  try {
    const reader = new CborReader(encoded);
    const fields = reader.array();
    fields.need("data");
    const data = reader.bytes();
    fields.need("signature");
    const signature = readSignature(reader);
    fields.end();
    return { ...decodeAttestationData(data), data, signature };
  } catch (error) {
    if (isOckamError(error, IDENTITY_ERROR_CODES.invalidAttestation) || !isOckamError(error)) throw error;
    throw invalidAttestation("it cannot be decoded", error);
  }
}

/**
 * Checks everything but the signature: that the attestation is of `identity` with its present key, lies within the
 * lifetime of that key, and is valid at `now` (seconds since 1970).
 * @throws OckamError OCKAM_IDENTITY_INVALID_ATTESTATION
 */
export function checkAttestation(attestation: UnverifiedAttestation, identity: Identity, now: number): void {
  const { latest } = identity;
  const { createdAt, expiresAt } = attestation;
  if (!attestation.subject.equals(identity.identifier)) {
    throw invalidAttestation(
      `its subject is ${attestation.subject.toString()}, not ${identity.identifier.toString()}`,
    );
  }
  if (!equalBytes(attestation.subjectLatestChangeHash, latest.hash)) {
    throw invalidAttestation(
      `it belongs to another change of ${identity.identifier.toString()} than the newest one that is known`,
    );
  }
  if (expiresAt > latest.validUntil) throw invalidAttestation("it outlives the identity key that signed it");
  if (createdAt < latest.validFrom)
    throw invalidAttestation("it is older than the identity key that signed it");
  if (createdAt - now > MAX_CLOCK_SKEW) {
    throw invalidAttestation(`it was created ${createdAt - now} s in the future: compare the clocks`);
  }
  if (expiresAt < now) throw invalidAttestation(`it expired ${now - expiresAt} s ago`);
}

function decodeAttestationData(data: Uint8Array): PurposeKeyAttestationData {
  const type = VERSIONED_DATA_TYPE.purposeKeyAttestation;
  const reader = new CborReader(decodeVersionedData(data, type, invalidAttestation));
  const fields = reader.array();
  fields.need("subject");
  const subject = new Identifier(reader.bytes(IDENTIFIER_LENGTH));
  fields.need("subject-latest-change-hash");
  const subjectLatestChangeHash = reader.bytes(HASH_LENGTH);
  fields.need("public-key");
  const key = readAttestedKey(reader);
  fields.need("created-at");
  const createdAt = reader.uint();
  fields.need("expires-at");
  const expiresAt = reader.uint();
  fields.end();
  return { subject, subjectLatestChangeHash, key, createdAt, expiresAt };
}

function readAttestedKey(reader: CborReader): AttestedKey {
  const variant = reader.variant();
  if (variant > 1) throw invalidAttestation(`its kind of key, ${variant}, is unknown`);
  const fields = reader.array();
  fields.need("key");
  const key: AttestedKey =
    variant === 0
      ? { purpose: "secure-channel", publicKey: reader.bytes(X25519_KEY_LENGTH) }
      : { purpose: "credentials", publicKey: readVerifyingKey(reader) };
  fields.end();
  return key;
}
