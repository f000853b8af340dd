import type { Identifier } from "@ockam/identity";

/** A topic key that a node keeps, without its secret. */
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
}

/**
 * Remembers which topic keys a node has. An implementation proves itself with `testTopicKeyStorage` of
 * `@ockam/portal-kafka/testing`.
 */
export interface TopicKeyStorage {
  /** {@link SALT_LENGTH} random bytes: made when they are first asked for, and the same ever after. */
  salt(): Promise<Uint8Array>;
  get(id: string): Promise<TopicKeyEntry | undefined>;
  /** Keeps an entry, in place of one of the same id. */
  put(entry: TopicKeyEntry): Promise<void>;
  /** Forgets an entry; whether it was there. */
  delete(id: string): Promise<boolean>;
  /** How many entries there are of a producer. */
  count(producer: Identifier): Promise<number>;
  /** Whether there is an entry whose id begins with these digits. */
  hasOrigin(origin: string): Promise<boolean>;
  /** Entries whose end, `keptUntil`, was before or at this time in seconds since 1970: at most `limit` of them, in any order. */
  ended(at: number, limit: number): Promise<readonly TopicKeyEntry[]>;
}

/** How many bytes the salt of a storage has: with the node's identifier, it is where other nodes find keys of this storage. */
export const SALT_LENGTH = 16;

/** A storage that ends with the process. What was sealed with keys that only it has is unreadable then. */
export function memoryTopicKeyStorage(): TopicKeyStorage {
  return new MemoryTopicKeyStorage();
}

class MemoryTopicKeyStorage implements TopicKeyStorage {
  readonly #salt = crypto.getRandomValues(new Uint8Array(SALT_LENGTH));
  readonly #entries = new Map<string, TopicKeyEntry>();

  async salt(): Promise<Uint8Array> {
    return this.#salt.slice();
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

  async count(producer: Identifier): Promise<number> {
    return [...this.#entries.values()].filter((entry) => entry.producer.equals(producer)).length;
  }

  async hasOrigin(origin: string): Promise<boolean> {
    return [...this.#entries.keys()].some((id) => id.startsWith(origin));
  }

  async ended(at: number, limit: number): Promise<readonly TopicKeyEntry[]> {
    const entries = [...this.#entries.values()];
    return entries.filter(({ keptUntil }) => keptUntil !== 0 && keptUntil <= at).slice(0, limit);
  }
}
