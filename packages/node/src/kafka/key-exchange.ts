// The keys that producers agree on with this node. docs/protocol/kafka-portal.md, "At a node".
import type { Identifier } from "@ockam/identity";
import type { DecryptionKey, KeyExchanger } from "@ockam/portal-kafka";

import type { NodeCore } from "../node-core.ts";
import type { ResourceGuard } from "../policies/policies.ts";
import { attestedOf } from "./attested-of.ts";
import { RecentEntries } from "./recent-entries.ts";
import { SqliteKafkaKeyStorage } from "../state/sqlite-kafka-key-storage.ts";
import type { KafkaKeyGrounds } from "../state/sqlite-kafka-key-storage.ts";

/** Of how many keys it is remembered what they were agreed on with; of others it is read again. */
export const MAX_KNOWN_GROUNDS = 1000;

/** Who may produce, as one inlet sees it. */
export type ProducerGuard = Pick<ResourceGuard, "allows" | "allowsWith">;

/** The one key exchanger of a node, from the first inlet that needs it on. */
export class KeyExchange {
  readonly #core: NodeCore;
  readonly #storage: SqliteKafkaKeyStorage;
  readonly #users = new Set<ProducerGuard>();
  readonly #grounds = new RecentEntries<string, KafkaKeyGrounds>(MAX_KNOWN_GROUNDS);
  #exchanger: Promise<KeyExchanger> | undefined;
  /** Once it has started. */
  #running: KeyExchanger | undefined;

  constructor(core: NodeCore) {
    const { identityName, state } = core;
    const { identifier } = state.identities.open(identityName);
    this.#core = core;
    this.#storage = new SqliteKafkaKeyStorage({
      database: state.database,
      owner: identifier,
      attributesOf: attestedOf(core),
    });
  }

  /** Takes keys of those whom `guard` allows, too. @throws OckamError OCKAM_ROUTING_ADDRESS_IN_USE */
  async use(guard: ProducerGuard): Promise<void> {
    this.#users.add(guard);
    this.#exchanger ??= this.#start();
    try {
      this.#running = await this.#exchanger;
    } catch (error) {
      this.#users.delete(guard);
      this.#exchanger = undefined;
      throw error;
    }
  }

  /** Takes no more of them. Those that were taken stay. */
  release(guard: ProducerGuard): void {
    this.#users.delete(guard);
  }

  /** Waits until what was agreed on is stored. */
  async close(): Promise<void> {
    const exchanger = await this.#exchanger;
    await exchanger?.close();
  }

  /**
   * A key by the name that records call it by, with what `guard` says of its producer. Without a promise where nothing is waited for: it
   * is asked for each record.
   */
  find(
    decryptor: string,
    guard: ProducerGuard,
  ): DecryptionKey | undefined | Promise<DecryptionKey | undefined> {
    const key = this.#running?.find(decryptor);
    return key instanceof Promise
      ? key.then((found) => this.#judged(found, decryptor, guard))
      : this.#judged(key, decryptor, guard);
  }

  #judged(
    key: DecryptionKey | undefined,
    decryptor: string,
    guard: ProducerGuard,
  ): DecryptionKey | undefined {
    const grounds = key === undefined ? undefined : this.#groundsOf(decryptor);
    // A new key is there a moment before it is stored.
    if (key === undefined || grounds === undefined) return undefined;
    return {
      decrypt: (content) => key.decrypt(content),
      mayProduce: () => guard.allowsWith(grounds.producer, grounds.attributes),
    };
  }

  async #start(): Promise<KeyExchanger> {
    const { exposure, identityName, log, router, state, trust } = this.#core;
    const { createKeyExchanger } = await import("@ockam/portal-kafka");
    const exchanger = createKeyExchanger(router, {
      ...state.identities.open(identityName),
      ...trust.listenerTerms(identityName),
      secrets: state.vaults.secrets(state.identities.get(identityName).vaultName),
      storage: this.#storage,
      mayProduce: (producer) => this.#mayProduce(producer),
      log,
    });
    // Consumers are found by relays; whoever comes that way proves an identity here, and gets no further.
    exposure.expose(exchanger.address, ["tcp", "channels", "relays"]);
    return exchanger;
  }

  async #mayProduce(producer: Identifier): Promise<boolean> {
    for (const guard of this.#users) if (await guard.allows(producer)) return true;
    return false;
  }

  #groundsOf(decryptor: string): KafkaKeyGrounds | undefined {
    const known = this.#grounds.get(decryptor) ?? this.#storage.groundsOf(decryptor);
    if (known === undefined) return undefined;
    this.#grounds.set(decryptor, known);
    return known;
  }
}
