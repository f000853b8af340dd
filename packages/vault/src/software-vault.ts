import { expectBytes, isOckamError, toHex, zeroBytes } from "@ockam/codec";

import { SECRET_KEY_LENGTH, X25519_PUBLIC_KEY_LENGTH } from "./backend.ts";
import type { CryptoBackend } from "./backend.ts";
import { defaultBackend } from "./default-backend.ts";
import { memorySecretStorage } from "./secret-storage.ts";
import type { SecretKind, SecretStorage } from "./secret-storage.ts";
import type { Signature, SigningKeyType, VerifyingKey } from "./signing-key.ts";
import { keyNotFound } from "./vault-error.ts";
import type { KeyHandle, Vault } from "./vault.ts";

/** What a software vault is made of. */
export interface SoftwareVaultOptions {
  /** The primitives, {@link defaultBackend} by default. */
  readonly backend?: CryptoBackend;
  /** Where secrets are kept, {@link memorySecretStorage} by default: then they end with the process. */
  readonly storage?: SecretStorage;
}

/** A vault whose secrets are in this process's memory when they are used. docs/protocol/vaults.md. */
export function createSoftwareVault(options: SoftwareVaultOptions = {}): Vault {
  return new SoftwareVault(options.backend ?? defaultBackend(), options.storage ?? memorySecretStorage());
}

const SIGNING_KEY_TYPES: readonly SigningKeyType[] = ["ed25519", "p256"];

class SoftwareVault implements Vault {
  readonly backend: CryptoBackend;
  readonly #storage: SecretStorage;

  constructor(backend: CryptoBackend, storage: SecretStorage) {
    this.backend = backend;
    this.#storage = storage;
  }

  async generateSigningKey(type: SigningKeyType = "ed25519"): Promise<KeyHandle> {
    return this.#generate(type);
  }

  async importSigningKey(type: SigningKeyType, secret: Uint8Array): Promise<KeyHandle> {
    return this.#keep(type, secret);
  }

  async verifyingKey(handle: KeyHandle): Promise<VerifyingKey> {
    return this.#withSigningKey(handle, (type, secret) => ({ type, bytes: this.#publicKey(type, secret) }));
  }

  async sign(handle: KeyHandle, data: Uint8Array): Promise<Signature> {
    return this.#withSigningKey(handle, (type, secret) => {
      const bytes =
        type === "ed25519" ? this.backend.ed25519Sign(secret, data) : this.backend.p256Sign(secret, data);
      return { type, bytes };
    });
  }

  async deleteSigningKey(handle: KeyHandle): Promise<boolean> {
    let found = false;
    for (const type of SIGNING_KEY_TYPES) found = (await this.#storage.delete(type, handle)) || found;
    return found;
  }

  handleOf(key: VerifyingKey): KeyHandle {
    return this.#handle(key.bytes);
  }

  sha256(data: Uint8Array): Uint8Array {
    return this.backend.sha256(data);
  }

  verify(key: VerifyingKey, data: Uint8Array, signature: Signature): boolean {
    if (key.type !== signature.type) return false;
    return key.type === "ed25519"
      ? this.backend.ed25519Verify(key.bytes, data, signature.bytes)
      : this.backend.p256Verify(key.bytes, data, signature.bytes);
  }

  async generateStaticKey(): Promise<KeyHandle> {
    return this.#generate("x25519");
  }

  async importStaticKey(secret: Uint8Array): Promise<KeyHandle> {
    return this.#keep("x25519", secret);
  }

  async staticPublicKey(handle: KeyHandle): Promise<Uint8Array> {
    return this.#withStaticKey(handle, (secret) => this.backend.x25519PublicKey(secret));
  }

  async diffieHellman(handle: KeyHandle, publicKey: Uint8Array): Promise<Uint8Array> {
    expectBytes(publicKey, X25519_PUBLIC_KEY_LENGTH, "publicKey");
    return this.#withStaticKey(handle, (secret) => this.backend.x25519(secret, publicKey));
  }

  async deleteStaticKey(handle: KeyHandle): Promise<boolean> {
    return this.#storage.delete("x25519", handle);
  }

  async #generate(kind: SecretKind): Promise<KeyHandle> {
    for (;;) {
      const secret = this.backend.randomBytes(SECRET_KEY_LENGTH);
      try {
        return await this.#keep(kind, secret);
      } catch (error) {
        // One of 2^32 random numbers is no P-256 secret: draw again.
        if (!isOckamError(error, "OCKAM_VAULT_INVALID_SECRET_KEY")) throw error;
      } finally {
        zeroBytes(secret);
      }
    }
  }

  async #keep(kind: SecretKind, secret: Uint8Array): Promise<KeyHandle> {
    expectBytes(secret, SECRET_KEY_LENGTH, "secret");
    const handle = this.#handle(this.#publicKey(kind, secret));
    await this.#storage.put(kind, handle, secret);
    return handle;
  }

  async #withSigningKey<T>(
    handle: KeyHandle,
    use: (type: SigningKeyType, secret: Uint8Array) => T,
  ): Promise<T> {
    for (const type of SIGNING_KEY_TYPES) {
      const secret = await this.#storage.get(type, handle);
      if (secret !== undefined) return useAndZero(secret, () => use(type, secret));
    }
    throw keyNotFound(handle);
  }

  async #withStaticKey<T>(handle: KeyHandle, use: (secret: Uint8Array) => T): Promise<T> {
    const secret = await this.#storage.get("x25519", handle);
    if (secret === undefined) throw keyNotFound(handle);
    return useAndZero(secret, () => use(secret));
  }

  #publicKey(kind: SecretKind, secret: Uint8Array): Uint8Array {
    if (kind === "ed25519") return this.backend.ed25519PublicKey(secret);
    return kind === "p256" ? this.backend.p256PublicKey(secret) : this.backend.x25519PublicKey(secret);
  }

  #handle(publicKey: Uint8Array): KeyHandle {
    return toHex(this.backend.sha256(publicKey));
  }
}

function useAndZero<T>(secret: Uint8Array, use: () => T): T {
  try {
    return use();
  } finally {
    zeroBytes(secret);
  }
}
