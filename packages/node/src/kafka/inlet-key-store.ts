// The topic keys of a node as one of its inlets may use them. docs/protocol/kafka-portal.md, "Topic keys"
import { toHex } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";
import type { KeyHolder } from "@ockam/portal-kafka";

import type { ResourceGuard } from "../policies/policies.ts";
import type { KafkaKeyGrounds } from "../state/sqlite-kafka-key-storage.ts";
import type { SqliteTopicKeyStorage } from "../state/sqlite-topic-key-storage.ts";
import { RecentEntries } from "./recent-entries.ts";

/** Of how many keys an inlet remembers whose they are; of others it is read again. */
export const MAX_KNOWN_KEYS = 1000;

type Store = KeyHolder["store"];

/** What an {@link InletKeyStore} works with. */
export interface InletKeyStoreOptions {
  readonly store: Store;
  readonly storage: SqliteTopicKeyStorage;
  /** Whose own keys need no policy. */
  readonly own: Identifier;
  /** The name of the inlet. */
  readonly inlet: string;
  /** Who may produce, as the inlet sees it. */
  readonly producers: Pick<ResourceGuard, "allowsWith">;
}

interface KnownKey {
  readonly grounds: KafkaKeyGrounds;
  /** Whether this inlet fetched it: its policy was asked then. */
  readonly wasFetched: boolean;
}

/** All keys of the node, of which the inlet finds its own, those that it fetched and those whose producer its policy allows. */
export class InletKeyStore implements Store {
  readonly #options: InletKeyStoreOptions;
  readonly #known = new RecentEntries<string, KnownKey>(MAX_KNOWN_KEYS);

  constructor(options: InletKeyStoreOptions) {
    this.#options = options;
  }

  async keep(...[key, isServed]: Parameters<Store["keep"]>): Promise<void> {
    const { inlet, storage, store } = this.#options;
    await store.keep(key, isServed);
    const id = toHex(key.id);
    if (!isServed) storage.addReader(inlet, id);
    this.#known.delete(id);
  }

  find(id: string): ReturnType<Store["find"]> {
    return this.#mayOpen(id) ? this.#options.store.find(id) : undefined;
  }

  has(...parameters: Parameters<Store["has"]>): Promise<boolean> {
    return this.#options.store.has(...parameters);
  }

  hasOrigin(...parameters: Parameters<Store["hasOrigin"]>): Promise<boolean> {
    return this.#options.store.hasOrigin(...parameters);
  }

  served(...parameters: Parameters<Store["served"]>): ReturnType<Store["served"]> {
    return this.#options.store.served(...parameters);
  }

  sweep(): Promise<void> {
    return this.#options.store.sweep();
  }

  /** Whether the inlet would be given the key if it asked for it. */
  #mayOpen(id: string): boolean {
    const { own, producers } = this.#options;
    const known = this.#known.get(id) ?? this.#look(id);
    if (known === undefined) return false;
    const { attributes, producer } = known.grounds;
    return known.wasFetched || producer.equals(own) || producers.allowsWith(producer, attributes);
  }

  #look(id: string): KnownKey | undefined {
    const { inlet, storage } = this.#options;
    const grounds = storage.groundsOf(id);
    if (grounds === undefined) return undefined;
    const known = { grounds, wasFetched: storage.isReader(inlet, id) };
    this.#known.set(id, known);
    return known;
  }
}
