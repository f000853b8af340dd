// The keys of a consumer's node, new ones and old ones. docs/protocol/kafka-portal.md, "Keys of key-exchange channels".
import { toHex } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";
import { ExchangedKeyReader } from "@ockam/secure-channel";
import type { ExchangedKey } from "@ockam/secure-channel";
import type { CryptoBackend, SecretStorage } from "@ockam/vault";

import type { DecryptionKeyStorage } from "./decryption-key-storage.ts";
import { MAX_OPEN_KEYS } from "./limits.ts";
import type { DecryptionKey } from "./rust-cipher.ts";

const HANDLE_LENGTH = 32;

/** Where keys are kept, and whose are used. */
export interface DecryptionKeysOptions {
  readonly backend: CryptoBackend;
  /** For the secrets themselves, of kind `aes256`. */
  readonly secrets: SecretStorage;
  /** For what leads to them. */
  readonly storage: DecryptionKeyStorage;
  /** Whether records of this producer are to be believed at present; asked for each record. */
  readonly mayProduce: (producer: Identifier) => boolean | Promise<boolean>;
}

/** Keeps the keys that were agreed on, and finds them again by the name that records call them by. */
export class DecryptionKeys {
  readonly #options: DecryptionKeysOptions;
  readonly #open = new Map<string, DecryptionKey>();
  readonly #loading = new Map<string, Promise<DecryptionKey | undefined>>();

  constructor(options: DecryptionKeysOptions) {
    this.#options = options;
  }

  /**
   * Keeps a key for good; it can be used at once, and until the process ends also when this fails. The secret is for the
   * caller to overwrite.
   * @throws what the storages throw
   */
  async keep({ decryptor, peer, secret }: ExchangedKey): Promise<void> {
    const { backend, secrets, storage } = this.#options;
    const { name } = decryptor;
    this.#remember(name, this.#reader(peer, Uint8Array.from(secret)));
    const handle = toHex(backend.randomBytes(HANDLE_LENGTH));
    // In this order: an entry leads to a secret that is there.
    await secrets.put("aes256", handle, secret);
    await storage.put({ decryptor: name, producer: peer, handle });
  }

  /** The key of this name, if this node has it. */
  find(name: string): DecryptionKey | Promise<DecryptionKey | undefined> {
    const open = this.#open.get(name);
    if (open === undefined) return this.#loading.get(name) ?? this.#load(name);
    this.#remember(name, open);
    return open;
  }

  #load(name: string): Promise<DecryptionKey | undefined> {
    const loading = this.#read(name).finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }

  async #read(name: string): Promise<DecryptionKey | undefined> {
    const { secrets, storage } = this.#options;
    const entry = await storage.get(name);
    if (entry === undefined) return undefined;
    const secret = await secrets.get("aes256", entry.handle);
    if (secret === undefined) return undefined;
    const key = this.#reader(entry.producer, secret);
    this.#remember(name, key);
    return key;
  }

  /** @param secret is overwritten */
  #reader(producer: Identifier, secret: Uint8Array): DecryptionKey {
    const reader = new ExchangedKeyReader(this.#options.backend, secret);
    return {
      decrypt: (content) => reader.decrypt(content),
      mayProduce: () => this.#options.mayProduce(producer),
    };
  }

  /** Keys that make room are not destroyed: somebody may be about to use them. */
  #remember(name: string, key: DecryptionKey): void {
    this.#open.delete(name);
    this.#open.set(name, key);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MAX_OPEN_KEYS && oldest !== undefined) this.#open.delete(oldest);
  }
}
