// Records between inlets of our own. docs/protocol/kafka-keys.md
import { toHex } from "@ockam/codec";
import type { Log } from "@ockam/codec";
import type { Route, Router } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";
import type { SecureChannelOptions } from "@ockam/secure-channel";

import { HolderClient } from "./holder-client.ts";
import { KeyFetcher } from "./key-fetcher.ts";
import type { KeyHolder } from "./key-holder.ts";
import type { RecordCipher, RecordPlace, RecordSealer } from "./record-cipher.ts";
import { SealingKeys } from "./sealing-keys.ts";
import type { NamedHolder, SealingLimits } from "./sealing-keys.ts";
import { isTopicKeyRecord, keyIdOf, openTopicKeyRecord } from "./topic-key-record.ts";
import type { OpenTopicKey } from "./topic-key-store.ts";

/** A key holder that the user named. */
export interface KeyHolderWay {
  /** For logs and errors. */
  readonly name: string;
  /** The way there, its address `kafka_keys` included. */
  readonly routeOf: () => Route | Promise<Route>;
}

/** What a {@link TopicKeyCipher} needs of its node. */
export interface TopicKeyCipherOptions {
  /** The key holder of the node: keys are made, and kept, there. */
  readonly holder: KeyHolder;
  /** The identity that seals and fetches, and whose credentials count, for channels to other holders. */
  readonly channel: Omit<SecureChannelOptions, "keyExchangeOnly" | "onExchangedKey">;
  /** Other holders. A key is sealed with once one of them has it; without any, once {@link isPublished}. */
  readonly holders?: readonly KeyHolderWay[];
  /**
   * The way to the node where a key was made, its address `kafka_keys` included, by the name of its relay. Without it only the
   * other holders are asked.
   */
  readonly originRoute?: (relayName: string) => Route | Promise<Route>;
  /** Whether other nodes can find the own holder: its relay, `KeyHolder.relayName`, was registered. */
  readonly isPublished: () => boolean;
  /** Whether this identity may read a topic; asked of other holders before they are given a key. */
  readonly mayConsume: (identity: Identifier, topic: string) => boolean | Promise<boolean>;
  /** Whether what this identity produces, or says about producers, is to be believed; asked when a key is fetched. */
  readonly mayProduce: (identity: Identifier, topic: string) => boolean | Promise<boolean>;
  /** ms, {@link KEY_ROTATION} by default, {@link MAX_ROTATION} at most. */
  readonly rotateAfter?: number;
  /** How long keys are kept after their last use, ms: at least as long as the topics' retention. For good when absent. */
  readonly keyRetention?: number;
  readonly log?: Log;
  /** How long a holder has to answer, ms; 5,000 by default. */
  readonly timeout?: number;
  /** ms since 1970; for tests. */
  readonly now?: () => number;
  /** For tests. */
  readonly limits?: Partial<SealingLimits>;
}

/** Seals with keys that any number of consumers can fetch, and binds each value to its place. */
export class TopicKeyCipher implements RecordCipher, AsyncDisposable {
  readonly #holder: KeyHolder;
  readonly #holders: readonly NamedHolder[];
  readonly #sealing: SealingKeys;
  readonly #fetcher: KeyFetcher;
  #lastFailure: Error | undefined;

  /** @throws RangeError for a rotation that is not positive or longer than {@link MAX_ROTATION}, or a negative retention */
  constructor(router: Router, options: TopicKeyCipherOptions) {
    const { channel, holder, holders = [], timeout } = options;
    const { backend } = channel.identities.vault;
    this.#holder = holder;
    this.#holders = holders.map(({ name, routeOf }) => ({
      name,
      client: new HolderClient(router, { channel, routeOf, ...(timeout === undefined ? {} : { timeout }) }),
    }));
    const onFailure = (message: string, error: unknown): void => {
      if (error instanceof Error) this.#lastFailure = error;
      options.log?.({ level: "warn", area: "portal-kafka", message, error });
    };
    const shared = { ...options, backend, holders: this.#holders, onFailure };
    this.#sealing = new SealingKeys({ ...shared, producer: channel.identifier });
    this.#fetcher = new KeyFetcher(router, shared);
  }

  /** Why a key could not be made, deposited or fetched lately. */
  get lastFailure(): Error | undefined {
    return this.#lastFailure;
  }

  sealer(topic: string): RecordSealer | Promise<RecordSealer> {
    return this.#sealing.sealer(topic);
  }

  isSealed(value: Uint8Array): boolean {
    return isTopicKeyRecord(value);
  }

  /**
   * Decrypts with a key that is here. One that is not is fetched in the background, and OCKAM_KAFKA_KEY_UNREACHABLE is thrown
   * until it came: nothing else waits for it.
   * @throws OckamError as {@link RecordCipher.open}, and OCKAM_KAFKA_KEY_REFUSED
   */
  open(place: RecordPlace, sealed: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const id = keyIdOf(sealed);
    const found = this.#holder.store.find(toHex(id));
    return found instanceof Promise
      ? found.then((key) => this.#openWith(key, id, place, sealed))
      : this.#openWith(found, id, place, sealed);
  }

  /** Gives the keys in use up: who may not read any more what is produced from now on cannot, without having fetched again. */
  rotate(): void {
    this.#sealing.rotate();
  }

  /** Seals and fetches no more. */
  async close(): Promise<void> {
    this.#sealing.close();
    await Promise.all([this.#fetcher.close(), ...this.#holders.map(({ client }) => client.close())]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #openWith(
    found: OpenTopicKey | undefined,
    id: Uint8Array,
    place: RecordPlace,
    sealed: Uint8Array,
  ): Uint8Array {
    if (found === undefined) throw this.#fetcher.missing(id, place.topic);
    return openTopicKeyRecord(found.key, place, sealed);
  }
}
