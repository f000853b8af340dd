export { Attributes } from "./attributes.ts";
export type { AttributeText } from "./attributes.ts";
export {
  decodeStoredAttributes,
  encodeStoredAttributes,
  readStoredAttributes,
  writeStoredAttributes,
} from "./attributes-codec.ts";
export type { AttributesEntry, AttributeStorage } from "./attribute-storage.ts";
export { memoryAttributeStorage } from "./attribute-storage.ts";
export type { Credential, CredentialData, UnverifiedCredential } from "./credential.ts";
export { decodeCredential, encodeCredential, encodeCredentialData } from "./credential.ts";
export type { CredentialOptions } from "./issue-credential.ts";
export { issueCredential } from "./issue-credential.ts";
export type { CredentialExpectations } from "./verify-credential.ts";
export { verifyCredential } from "./verify-credential.ts";
export {
  MAX_ATTRIBUTES,
  MAX_CREDENTIAL_LENGTH,
  PROJECT_MEMBER_SCHEMA,
  RESERVED_ATTRIBUTES,
} from "./constants.ts";
export { CREDENTIALS_ERROR_CODES } from "./credential-error.ts";
