export type { AeadKey, CryptoBackend } from "./backend.ts";
export {
  AEAD_KEY_LENGTH,
  AEAD_NONCE_LENGTH,
  AEAD_TAG_LENGTH,
  ED25519_PUBLIC_KEY_LENGTH,
  MAX_HKDF_INFO_LENGTH,
  MAX_HKDF_OUTPUT_LENGTH,
  P256_PUBLIC_KEY_LENGTH,
  SECRET_KEY_LENGTH,
  SHA256_LENGTH,
  SIGNATURE_LENGTH,
  X25519_PUBLIC_KEY_LENGTH,
} from "./backend.ts";
export { nodeBackend } from "./node-backend.ts";
export { nobleBackend } from "./noble-backend.ts";
export { defaultBackend } from "./default-backend.ts";
export type { Signature, SigningKeyType, VerifyingKey } from "./signing-key.ts";
export { readSignature, readVerifyingKey, writeSignature, writeVerifyingKey } from "./signing-key.ts";
export type { KeyHandle, SecureChannelVault, SigningVault, Vault, VerifyingVault } from "./vault.ts";
export type { SecretKind, SecretStorage } from "./secret-storage.ts";
export { memorySecretStorage } from "./secret-storage.ts";
export type { SoftwareVaultOptions } from "./software-vault.ts";
export { createSoftwareVault } from "./software-vault.ts";
