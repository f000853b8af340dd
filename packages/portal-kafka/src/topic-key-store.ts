// The topic keys of a node: made here, deposited here, or fetched. docs/protocol/kafka-keys.md, "The key".
import { equalBytes, fromHex, toHex, zeroBytes } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";
import type { AeadKey, CryptoBackend, KeyHandle, SecretStorage } from "@ockam/vault";

import { MAX_OPEN_KEYS } from "./limits.ts";
import { deriveTopicKey, originOf } from "./topic-key.ts";
import type { TopicKeyEntry, TopicKeyStorage } from "./topic-key-storage.ts";

/** How many ended keys are deleted at a time. */
const SWEEP_SIZE = 100;

/** Where topic keys are kept. */
export interface TopicKeyStoreOptions {
  readonly backend: CryptoBackend;
  /** For the secrets themselves, of kind `aes256`. */
  readonly secrets: SecretStorage;
  /** For what leads to them. */
  readonly storage: TopicKeyStorage;
  /** ms since 1970; for tests. */
  readonly now?: () => number;
}

/** A key with its secret. */
export interface HeldTopicKey {
  readonly id: Uint8Array;
  readonly producer: Identifier;
  readonly topic: string;
  readonly sealsUntil: number;
  readonly keptUntil: number;
  readonly secret: Uint8Array;
}

/** A key that opens records. */
export interface OpenTopicKey {
  readonly topic: string;
  readonly key: AeadKey;
  /** ms since 1970; Infinity for a key that is kept for good. */
  readonly endsAt: number;
}

/** Keeps keys, finds them, and deletes them when their end has come. */
export class TopicKeyStore {
  readonly #options: TopicKeyStoreOptions;
  readonly #now: () => number;
  readonly #open = new Map<string, OpenTopicKey>();
  readonly #loading = new Map<string, Promise<OpenTopicKey | undefined>>();

  constructor(options: TopicKeyStoreOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Keeps a key whose id was computed or checked; once it is there nothing happens, but that it is served from now on.
   * @throws what the storages throw
   */
  async keep(key: HeldTopicKey, isServed: boolean): Promise<void> {
    const { secrets, storage } = this.#options;
    const id = toHex(key.id);
    const known = await storage.get(id);
    if (known !== undefined && (await this.#hasSecret(key.id))) {
      if (isServed && !known.isServed) await storage.put({ ...known, isServed });
      return;
    }
    // In this order: an entry leads to a secret that is there.
    await secrets.put("aes256", this.#handleOf(key.id), key.secret);
    const { keptUntil, producer, sealsUntil, topic } = key;
    await storage.put({ id, producer, topic, sealsUntil, keptUntil, isServed });
  }

  /** Whether a key is here already. */
  async has(id: Uint8Array): Promise<boolean> {
    const entry = await this.#options.storage.get(toHex(id));
    return entry !== undefined && !this.#hasEnded(entry.keptUntil) && (await this.#hasSecret(id));
  }

  /** Whether a key that was made there, in hexadecimal digits, is here. */
  hasOrigin(origin: string): Promise<boolean> {
    return this.#options.storage.hasOrigin(origin);
  }

  /** The key to open records with, if it is here and its end has not come. */
  find(id: string): OpenTopicKey | undefined | Promise<OpenTopicKey | undefined> {
    const open = this.#open.get(id);
    if (open === undefined) return this.#loading.get(id) ?? this.#load(id);
    if (open.endsAt <= this.#now()) {
      this.#forget(id);
      return undefined;
    }
    // The last in the map is the one that was used last.
    this.#open.delete(id);
    this.#open.set(id, open);
    return open;
  }

  /** What is known of a key that others may be given. */
  async servedEntry(id: Uint8Array): Promise<TopicKeyEntry | undefined> {
    const entry = await this.#options.storage.get(toHex(id));
    if (entry === undefined || !entry.isServed || this.#hasEnded(entry.keptUntil)) return undefined;
    return entry;
  }

  /** A key that others may be given; its secret is for the caller to overwrite. */
  async served(id: Uint8Array): Promise<HeldTopicKey | undefined> {
    const entry = await this.servedEntry(id);
    if (entry === undefined) return undefined;
    const secret = await this.#options.secrets.get("aes256", this.#handleOf(id));
    return secret === undefined ? undefined : { ...entry, id, secret };
  }

  /** Deletes keys whose end has come, secrets first. @throws what the storages throw */
  async sweep(): Promise<void> {
    const { secrets, storage } = this.#options;
    const at = Math.floor(this.#now() / 1000);
    for (;;) {
      const ended = await storage.ended(at, SWEEP_SIZE);
      for (const { id } of ended) {
        this.#forget(id);
        await secrets.delete("aes256", this.#handleOf(fromHex(id)));
        await storage.delete(id);
      }
      if (ended.length < SWEEP_SIZE) return;
    }
  }

  /** The same for the same key: whoever keeps it twice at once keeps it once. */
  #handleOf(id: Uint8Array): KeyHandle {
    return toHex(this.#options.backend.sha256(id));
  }

  async #hasSecret(id: Uint8Array): Promise<boolean> {
    const secret = await this.#options.secrets.get("aes256", this.#handleOf(id));
    if (secret === undefined) return false;
    zeroBytes(secret);
    return true;
  }

  #load(id: string): Promise<OpenTopicKey | undefined> {
    const loading = this.#read(id).finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  async #read(id: string): Promise<OpenTopicKey | undefined> {
    const { backend, secrets, storage } = this.#options;
    const entry = await storage.get(id);
    if (entry === undefined || this.#hasEnded(entry.keptUntil)) return undefined;
    const bytes = fromHex(id);
    const secret = await secrets.get("aes256", this.#handleOf(bytes));
    if (secret === undefined) return undefined;
    const derived = deriveTopicKey(backend, { ...entry, origin: originOf(bytes) }, secret);
    zeroBytes(secret);
    // What was damaged on the disk opens nothing.
    if (!equalBytes(derived.id, bytes)) return undefined;
    const key = backend.aes256Gcm(derived.aesKey);
    zeroBytes(derived.aesKey);
    const endsAt = entry.keptUntil === 0 ? Infinity : entry.keptUntil * 1000;
    const open = { topic: entry.topic, key, endsAt };
    this.#open.set(id, open);
    const [oldest] = this.#open.keys();
    // Not destroyed: somebody may be about to use it.
    if (this.#open.size > MAX_OPEN_KEYS && oldest !== undefined) this.#open.delete(oldest);
    return open;
  }

  #forget(id: string): void {
    this.#open.get(id)?.key.destroy();
    this.#open.delete(id);
  }

  #hasEnded(keptUntil: number): boolean {
    return keptUntil !== 0 && keptUntil * 1000 <= this.#now();
  }
}
