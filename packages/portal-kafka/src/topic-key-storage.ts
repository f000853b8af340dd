import type { Identifier } from "@ockam/identity";
import type { KeyHandle } from "@ockam/vault";

/** A topic key that a node keeps: not its secret, but where that is. */
export interface TopicKeyEntry {
  /** The name that sealed records call it by: 48 lower-case hex digits. */
  readonly id: string;
  /** Who seals with it. */
  readonly producer: Identifier;
  readonly topic: string;
  /** When its producer stops to seal with it, seconds since 1970. */
  readonly sealsUntil: number;
  /** When it is to be deleted, seconds since 1970; 0 for never. */
  readonly keptUntil: number;
  /** Whether others may be given it: it was made or deposited here, and not fetched for own use. */
  readonly isServed: boolean;
  /** Of the secret of kind `aes256` in the node's secret storage. */
  readonly handle: KeyHandle;
}

/**
 * Remembers which topic keys a node has. An implementation proves itself with `testTopicKeyStorage` of
 * `@ockam/portal-kafka/testing`.
 */
export interface TopicKeyStorage {
  /** 8 random bytes by which other nodes find this storage: made when they are first asked for, and the same ever after. */
  origin(): Promise<Uint8Array>;
  get(id: string): Promise<TopicKeyEntry | undefined>;
  /** Keeps an entry, in place of one of the same id. */
  put(entry: TopicKeyEntry): Promise<void>;
  /** Forgets an entry; whether it was there. */
  delete(id: string): Promise<boolean>;
  /** Entries whose end, `keptUntil`, was before or at this time in seconds since 1970: at most `limit` of them, in any order. */
  ended(at: number, limit: number): Promise<readonly TopicKeyEntry[]>;
}

/** How many bytes an origin has. */
export const ORIGIN_LENGTH = 8;

/** A storage that ends with the process. What was sealed with keys that only it has is unreadable then. */
export function memoryTopicKeyStorage(): TopicKeyStorage {
  return new MemoryTopicKeyStorage();
}

class MemoryTopicKeyStorage implements TopicKeyStorage {
  readonly #origin = crypto.getRandomValues(new Uint8Array(ORIGIN_LENGTH));
  readonly #entries = new Map<string, TopicKeyEntry>();

  async origin(): Promise<Uint8Array> {
    return this.#origin.slice();
  }

  async get(id: string): Promise<TopicKeyEntry | undefined> {
    return this.#entries.get(id);
  }

  async put(entry: TopicKeyEntry): Promise<void> {
    this.#entries.set(entry.id, { ...entry });
  }

  async delete(id: string): Promise<boolean> {
    return this.#entries.delete(id);
  }

  async ended(at: number, limit: number): Promise<readonly TopicKeyEntry[]> {
    const entries = [...this.#entries.values()];
    return entries.filter(({ keptUntil }) => keptUntil !== 0 && keptUntil <= at).slice(0, limit);
  }
}
