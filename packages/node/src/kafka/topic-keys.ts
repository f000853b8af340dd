// The topic keys that this node holds. docs/protocol/kafka-portal.md, "At a node"; docs/protocol/kafka-keys.md
import type { Identifier } from "@ockam/identity";
import type { KeyHolder } from "@ockam/portal-kafka";

import type { NodeCore } from "../node-core.ts";
import type { ResourceGuard } from "../policies/policies.ts";
import { attestedOf } from "./attested-of.ts";
import { InletKeyStore } from "./inlet-key-store.ts";
import { RecentEntries } from "./recent-entries.ts";
import { NO_RESOURCES } from "../state/resource-registry.ts";
import { SqliteTopicKeyStorage } from "../state/sqlite-topic-key-storage.ts";

/** Of how many consumers it is remembered that they were given keys; the one that was given one least recently is forgotten. */
export const MAX_KNOWN_READERS = 10_000;

/** An inlet that has topic keys. */
export interface TopicKeyUser {
  /** Whose keys are kept. */
  readonly producers: Pick<ResourceGuard, "allows">;
  /** Who is given keys. */
  readonly consumers: Pick<ResourceGuard, "allows">;
  /** Gives the keys in use up: somebody who has them may not read any more. */
  readonly rotate: () => void;
}

/** The one key holder of a node, from the first inlet that needs it on. */
export class TopicKeys {
  readonly #core: NodeCore;
  readonly #users = new Set<TopicKeyUser>();
  readonly #readers = new RecentEntries<string, Identifier>(MAX_KNOWN_READERS);
  /** Undefined for a node that keeps nothing. */
  readonly #storage: SqliteTopicKeyStorage | undefined;
  #holder: Promise<KeyHolder> | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(core: NodeCore) {
    const { name, resources, state } = core;
    this.#core = core;
    this.#storage =
      resources === NO_RESOURCES
        ? undefined
        : new SqliteTopicKeyStorage({
            database: state.database,
            node: name,
            attributesOf: attestedOf(core),
          });
  }

  /**
   * The holder, whose keys an inlet uses as its policy for producers allows.
   * @throws OckamError OCKAM_ROUTING_ADDRESS_IN_USE, and those of the state
   */
  async holderFor(inlet: string, producers: Pick<ResourceGuard, "allowsWith">): Promise<KeyHolder> {
    const holder = await this.#start();
    const storage = this.#storage;
    if (storage === undefined) return holder;
    const { identifier: own } = this.#core.state.identities.open(this.#core.identityName);
    return {
      ...holder,
      store: new InletKeyStore({ store: holder.store, storage, own, inlet, producers }),
    };
  }

  /** Whether keys that were made here are given to nobody at present, as no inlet says to whom. */
  async hasIdleKeys(): Promise<boolean> {
    if (this.#users.size > 0 || this.#storage === undefined) return false;
    const { identifier } = this.#core.state.identities.open(this.#core.identityName);
    return (await this.#storage.count(identifier)) > 0;
  }

  /** An inlet was deleted: another one of that name has fetched nothing. */
  forget(inlet: string): void {
    this.#storage?.forgetReader(inlet);
  }

  /** Holds keys for an inlet, too. */
  add(user: TopicKeyUser): void {
    this.#users.add(user);
  }

  /** What is held stays. */
  delete(user: TopicKeyUser): void {
    this.#users.delete(user);
  }

  async close(): Promise<void> {
    this.#unsubscribe?.();
    const holder = await this.#holder;
    await holder?.close();
  }

  async #start(): Promise<KeyHolder> {
    this.#holder ??= this.#startHolder();
    try {
      return await this.#holder;
    } catch (error) {
      this.#holder = undefined;
      throw error;
    }
  }

  async #startHolder(): Promise<KeyHolder> {
    const { exposure, identityName, log, policies, router, state, trust } = this.#core;
    const { createKeyHolder, memoryTopicKeyStorage } = await import("@ockam/portal-kafka");
    const holder = await createKeyHolder(router, {
      ...state.identities.open(identityName),
      ...trust.listenerTerms(identityName),
      storage: this.#storage ?? memoryTopicKeyStorage(),
      secrets: state.vaults.secrets(state.identities.get(identityName).vaultName),
      mayProduce: (producer) => this.#any(({ producers }) => producers.allows(producer)),
      mayConsume: (consumer) => this.#mayConsume(consumer),
      log,
    });
    // It is found by a relay; whoever comes that way proves an identity here, and gets to the keys at most.
    exposure.expose(holder.address, ["tcp", "channels", "relays"]);
    this.#unsubscribe = policies.onChange((subject) => void this.#changed(subject));
    return holder;
  }

  async #mayConsume(consumer: Identifier): Promise<boolean> {
    if (!(await this.#any(({ consumers }) => consumers.allows(consumer)))) return false;
    this.#readers.set(consumer.hex, consumer);
    return true;
  }

  async #any(allows: (user: TopicKeyUser) => boolean | Promise<boolean>): Promise<boolean> {
    for (const user of this.#users) if (await allows(user)) return true;
    return false;
  }

  /** Whoever cannot be judged is taken for one who may not. */
  async #mayStillConsume(reader: Identifier): Promise<boolean> {
    try {
      return await this.#any(({ consumers }) => consumers.allows(reader));
    } catch (error) {
      const message = `whether ${reader.toString()} may still consume cannot be found out`;
      this.#core.log({ level: "error", area: "kafka", message, error });
      return false;
    }
  }

  /** Who was given keys and may not consume any more is not to read what is sealed from now on. */
  async #changed(subject: Identifier | undefined): Promise<void> {
    const due = subject === undefined ? this.#readers.values() : [this.#readers.get(subject.hex)];
    for (const reader of due) {
      if (reader === undefined || (await this.#mayStillConsume(reader))) continue;
      this.#readers.delete(reader.hex);
      for (const user of this.#users) user.rotate();
    }
  }
}
