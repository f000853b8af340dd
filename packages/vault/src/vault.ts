import type { CryptoBackend } from "./backend.ts";
import type { Signature, SigningKeyType, VerifyingKey } from "./signing-key.ts";

/** Names a secret key that a vault holds: SHA-256 of the public key as 64 lower-case hex digits. */
export type KeyHandle = string;

/**
 * Holds the keys that sign identities, attestations and credentials. The secrets may be far away (a KMS, a token), so
 * everything that touches them is asynchronous. Callers sign the 32-byte SHA-256 digest of what they mean; for `p256`
 * the scheme hashes that digest once more. docs/protocol/vaults.md, "Signing".
 */
export interface SigningVault {
  /** Makes and keeps a new key, of the vault's preferred type unless told: `ed25519` for the software vault. */
  generateSigningKey(type?: SigningKeyType): Promise<KeyHandle>;
  /**
   * Keeps a 32-byte Ed25519 seed or P-256 scalar, which is copied. A key that is there already is left as it is.
   * @throws OckamError OCKAM_VAULT_INVALID_SECRET_KEY for a number that is no P-256 secret.
   */
  importSigningKey(type: SigningKeyType, secret: Uint8Array): Promise<KeyHandle>;
  /** The public half. @throws OckamError OCKAM_VAULT_KEY_NOT_FOUND */
  verifyingKey(handle: KeyHandle): Promise<VerifyingKey>;
  /** The signature of `data`. @throws OckamError OCKAM_VAULT_KEY_NOT_FOUND */
  sign(handle: KeyHandle, data: Uint8Array): Promise<Signature>;
  /** Forgets the key; whether it was there. */
  deleteSigningKey(handle: KeyHandle): Promise<boolean>;
  /** The handle that the secret of this public key has or would have: a computation, not a look-up. */
  handleOf(key: VerifyingKey): KeyHandle;
}

/** Checks signatures; needs no secrets. */
export interface VerifyingVault {
  /** SHA-256: 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** Whether `signature` of `data` is by `key`; `false` too when their types differ or a peer sent nonsense. */
  verify(key: VerifyingKey, data: Uint8Array, signature: Signature): boolean;
}

/**
 * Holds the static X25519 keys of secure channels and lends the backend for what a channel does with its own keys.
 * docs/protocol/vaults.md, "Roles".
 */
export interface SecureChannelVault {
  /** For ephemeral keys, key derivation and the sealing of messages. */
  readonly backend: CryptoBackend;
  /** Makes and keeps a new static key. */
  generateStaticKey(): Promise<KeyHandle>;
  /** Keeps a 32-byte X25519 secret, which is copied. */
  importStaticKey(secret: Uint8Array): Promise<KeyHandle>;
  /** The 32-byte public half. @throws OckamError OCKAM_VAULT_KEY_NOT_FOUND */
  staticPublicKey(handle: KeyHandle): Promise<Uint8Array>;
  /**
   * The 32-byte X25519 secret shared with the owner of `publicKey`; the caller overwrites it after use.
   * @throws OckamError OCKAM_VAULT_KEY_NOT_FOUND, OCKAM_VAULT_LOW_ORDER_POINT
   */
  diffieHellman(handle: KeyHandle, publicKey: Uint8Array): Promise<Uint8Array>;
  /** Forgets the key; whether it was there. */
  deleteStaticKey(handle: KeyHandle): Promise<boolean>;
}

/** The three roles in one object. An identity may also be given vaults that share them out. */
export type Vault = SigningVault & VerifyingVault & SecureChannelVault;
