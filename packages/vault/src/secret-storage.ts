import { zeroBytes } from "@ockam/codec";

import type { KeyHandle } from "./vault.ts";

/** What a stored secret is for: the name of its curve, or of the cipher whose key it is. */
export type SecretKind = "ed25519" | "p256" | "x25519" | "aes256";

/** Keeps the 32-byte secrets of a software vault, by kind and handle. */
export interface SecretStorage {
  /** A copy of the secret that the caller may overwrite, or undefined. */
  get(kind: SecretKind, handle: KeyHandle): Promise<Uint8Array | undefined>;
  /** Keeps a copy of `secret`, in place of one that is there. */
  put(kind: SecretKind, handle: KeyHandle, secret: Uint8Array): Promise<void>;
  /** Forgets the secret; whether it was there. */
  delete(kind: SecretKind, handle: KeyHandle): Promise<boolean>;
}

/** A storage that lives as long as the process. Deleted secrets are overwritten with zeros. */
export function memorySecretStorage(): SecretStorage {
  return new MemorySecretStorage();
}

class MemorySecretStorage implements SecretStorage {
  readonly #secrets: Readonly<Record<SecretKind, Map<KeyHandle, Uint8Array>>> = {
    ed25519: new Map(),
    p256: new Map(),
    x25519: new Map(),
    aes256: new Map(),
  };

  async get(kind: SecretKind, handle: KeyHandle): Promise<Uint8Array | undefined> {
    const secret = this.#secrets[kind].get(handle);
    return secret === undefined ? undefined : Uint8Array.from(secret);
  }

  async put(kind: SecretKind, handle: KeyHandle, secret: Uint8Array): Promise<void> {
    const copy = Uint8Array.from(secret);
    const replaced = this.#secrets[kind].get(handle);
    this.#secrets[kind].set(handle, copy);
    if (replaced !== undefined) zeroBytes(replaced);
  }

  async delete(kind: SecretKind, handle: KeyHandle): Promise<boolean> {
    const secret = this.#secrets[kind].get(handle);
    if (secret !== undefined) zeroBytes(secret);
    return this.#secrets[kind].delete(handle);
  }
}
