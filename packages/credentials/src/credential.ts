// What an authority says about a subject, signed, for a time:
//
//   credential-and-purpose-key = [credential, purpose-key-attestation]     the attestation names the issuer
//   credential      = [data: bytes .cbor versioned-data (type 3), signature]
//   credential-data = [subject: identifier / null, subject-latest-change-hash: hash / null,
//                      attributes: [schema: uint, { * bytes => bytes }], created-at: seconds, expires-at: seconds]
//
// docs/protocol/credentials.md, "Encoding".
import { CborReader, CborWriter, isOckamError } from "@ockam/codec";
import {
  decodeVersionedData,
  encodeVersionedData,
  Identifier,
  IDENTIFIER_LENGTH,
  VERSIONED_DATA_TYPE,
} from "@ockam/identity";
import { readSignature, writeSignature } from "@ockam/vault";
import type { Signature } from "@ockam/vault";

import { readAttributes, writeAttributes } from "./attributes-codec.ts";
import type { Attributes } from "./attributes.ts";
import { MAX_CREDENTIAL_LENGTH } from "./constants.ts";
import { CREDENTIALS_ERROR_CODES, invalidCredential } from "./credential-error.ts";

const HASH_LENGTH = 32;

/** A credential that was issued here or verified. Times are seconds since 1970. */
export interface Credential {
  /** Whom it is about. */
  readonly subject: Identifier;
  /** The authority that vouches for it. */
  readonly issuer: Identifier;
  readonly attributes: Attributes;
  /** What the issuer says the attributes mean; no verifier looks at it. */
  readonly schema: number;
  readonly createdAt: number;
  /** The last second in which it is accepted. */
  readonly expiresAt: number;
  /** The credential with the attestation of the key that signed it: what is presented, stored and handed on. */
  readonly encoded: Uint8Array;
}

/** What a credential says. */
export interface CredentialData {
  /** Absent only in credentials that nobody accepts. */
  readonly subject: Identifier | undefined;
  /** The newest change of the subject that the issuer knew; no verifier compares it. */
  readonly subjectLatestChangeHash: Uint8Array | undefined;
  readonly schema: number;
  readonly attributes: Attributes;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A credential that is decoded but not verified: nothing of it may be believed. */
export interface UnverifiedCredential extends CredentialData {
  /** The versioned data that is hashed and signed, as received. */
  readonly data: Uint8Array;
  readonly signature: Signature;
  /** The attestation of the key that signed, encoded. */
  readonly attestation: Uint8Array;
  /** Credential and attestation as received, without what followed them. */
  readonly encoded: Uint8Array;
}

/** The versioned data of a credential: what is to be hashed and signed. */
export function encodeCredentialData(credential: CredentialData): Uint8Array {
  const writer = new CborWriter().array(5);
  for (const bytes of [credential.subject?.bytes, credential.subjectLatestChangeHash]) {
    if (bytes === undefined) writer.null();
    else writer.bytes(bytes);
  }
  writer.array(2).uint(credential.schema);
  writeAttributes(writer, credential.attributes);
  writer.uint(credential.createdAt).uint(credential.expiresAt);
  return encodeVersionedData(VERSIONED_DATA_TYPE.credential, writer.finish());
}

/** A credential around versioned data and its signature, with the attestation of the key that signed. */
export function encodeCredential(
  data: Uint8Array,
  signature: Signature,
  attestation: Uint8Array,
): Uint8Array {
  const writer = new CborWriter().array(2).array(2).bytes(data);
  writeSignature(writer, signature);
  return writer.raw(attestation).finish();
}

/**
 * Decodes a credential without verifying anything but its shape: to show it, say. What counts is decided by
 * `verifyCredential`.
 * @param encoded at most {@link MAX_CREDENTIAL_LENGTH} bytes; bytes after the credential are ignored. Copied.
 * @throws OckamError OCKAM_CREDENTIALS_INVALID_CREDENTIAL
 */
export function decodeCredential(encoded: Uint8Array): UnverifiedCredential {
  if (encoded.length > MAX_CREDENTIAL_LENGTH) {
    throw invalidCredential(`it is longer than ${MAX_CREDENTIAL_LENGTH} bytes`);
  }
  try {
    return decode(encoded.slice());
  } catch (error) {
    if (isOckamError(error, CREDENTIALS_ERROR_CODES.invalidCredential) || !isOckamError(error)) throw error;
    throw invalidCredential("it cannot be decoded", error);
  }
}

function decode(encoded: Uint8Array): UnverifiedCredential {
  const reader = new CborReader(encoded);
  const outer = reader.array();
  outer.need("credential");
  const inner = reader.array();
  inner.need("data");
  const data = reader.bytes();
  inner.need("signature");
  const signature = readSignature(reader);
  inner.end();
  outer.need("purpose-key-attestation");
  const attestation = reader.raw();
  outer.end();
  return {
    ...decodeCredentialData(data),
    data,
    signature,
    attestation,
    encoded: encoded.subarray(0, reader.offset),
  };
}

function decodeCredentialData(data: Uint8Array): CredentialData {
  const reader = new CborReader(decodeVersionedData(data, VERSIONED_DATA_TYPE.credential, invalidCredential));
  const fields = reader.array();
  fields.need("subject");
  const subject = reader.null() ? undefined : new Identifier(reader.bytes(IDENTIFIER_LENGTH));
  fields.need("subject-latest-change-hash");
  const subjectLatestChangeHash = reader.null() ? undefined : reader.bytes(HASH_LENGTH);
  fields.need("attributes");
  const statement = reader.array();
  statement.need("schema");
  const schema = reader.uint();
  statement.need("attributes");
  const attributes = readAttributes(reader, invalidCredential);
  statement.end();
  fields.need("created-at");
  const createdAt = reader.uint();
  fields.need("expires-at");
  const expiresAt = reader.uint();
  fields.end();
  return { subject, subjectLatestChangeHash, schema, attributes, createdAt, expiresAt };
}
