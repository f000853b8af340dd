import type { Identifier } from "@ockam/identity";
import type { KeyHandle } from "@ockam/vault";

/** A key that a consumer's node agreed on with a producer: not itself, but where it is. */
export interface DecryptionKeyEntry {
  /** The name that sealed records call it by. */
  readonly decryptor: string;
  readonly producer: Identifier;
  /** Of the secret of kind `aes256` in the node's secret storage. */
  readonly handle: KeyHandle;
}

/**
 * Remembers which key opens what, as long as records are to be readable. An implementation proves itself with
 * `testDecryptionKeyStorage` of `@ockam/portal-kafka/testing`.
 */
export interface DecryptionKeyStorage {
  get(decryptor: string): Promise<DecryptionKeyEntry | undefined>;
  /** Keeps an entry for good. Names are random: one that is there already is replaced. */
  put(entry: DecryptionKeyEntry): Promise<void>;
  /** Forgets an entry; whether it was there. */
  delete(decryptor: string): Promise<boolean>;
}

/** A storage that ends with the process: records that were sealed before are unreadable then. */
export function memoryDecryptionKeyStorage(): DecryptionKeyStorage {
  return new MemoryDecryptionKeyStorage();
}

class MemoryDecryptionKeyStorage implements DecryptionKeyStorage {
  readonly #entries = new Map<string, DecryptionKeyEntry>();

  async get(decryptor: string): Promise<DecryptionKeyEntry | undefined> {
    return this.#entries.get(decryptor);
  }

  async put({ decryptor, handle, producer }: DecryptionKeyEntry): Promise<void> {
    this.#entries.set(decryptor, { decryptor, handle, producer });
  }

  async delete(decryptor: string): Promise<boolean> {
    return this.#entries.delete(decryptor);
  }
}
