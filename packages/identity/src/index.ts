export { Identifier, IDENTIFIER_LENGTH } from "./identifier.ts";
export { encodeChangeHistory, Identity } from "./identity.ts";
export type { Comparison } from "./identity.ts";
export { encodeChange, encodeChangeData, formatChange, formatVerifyingKey } from "./change.ts";
export type { Change, ChangeData, ChangeFields } from "./change.ts";
export { createIdentities, Identities } from "./identities.ts";
export type { AttestationOptions, IdentitiesOptions } from "./identities.ts";
export type { KeyOptions, RotateOptions } from "./change-signing.ts";
export type { ImportOptions } from "./known-identities.ts";
export type { IdentityStorage } from "./identity-storage.ts";
export { memoryIdentityStorage } from "./identity-storage.ts";
export type { Purpose, PurposePublicKey } from "./purpose.ts";
export type { PurposeKey } from "./purpose-key.ts";
export type { PurposeKeyOptions } from "./purpose-keys.ts";
export type { PurposeKeyStorage } from "./purpose-key-storage.ts";
export { memoryPurposeKeyStorage } from "./purpose-key-storage.ts";
export {
  checkAttestation,
  decodeAttestation,
  encodeAttestation,
  encodeAttestationData,
} from "./purpose-key-attestation.ts";
export type {
  AttestedKey,
  PurposeKeyAttestationData,
  UnverifiedAttestation,
  VerifiedAttestation,
} from "./purpose-key-attestation.ts";
export {
  decodeVersionedData,
  encodeVersionedData,
  VERSIONED_DATA_TYPE,
  VERSIONED_DATA_VERSION,
} from "./versioned-data.ts";
export type { VersionedDataType } from "./versioned-data.ts";
export {
  IDENTITY_KEY_LIFETIME,
  MAX_ATTESTATION_LENGTH,
  MAX_CHANGE_HISTORY_LENGTH,
  MAX_CHANGES,
  MAX_CLOCK_SKEW,
  PURPOSE_KEY_LIFETIME,
  VERIFIED_ATTESTATIONS_CAPACITY,
  VERIFIED_HISTORIES_CAPACITY,
  VERIFIED_HISTORIES_MAX_BYTES,
} from "./constants.ts";
export { IDENTITY_ERROR_CODES } from "./identity-error.ts";
