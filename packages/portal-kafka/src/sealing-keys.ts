// The keys that an inlet seals with: one for each topic, changed in time. docs/protocol/kafka-keys.md, "Who holds keys", "The key".
import { isOckamError, zeroBytes } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";
import type { AeadKey, CryptoBackend } from "@ockam/vault";

import type { HolderClient } from "./holder-client.ts";
import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import { HOLDER_REFUSAL } from "./key-holder-message.ts";
import type { KeyHolder } from "./key-holder.ts";
import { KEY_RETRY_DELAY } from "./limits.ts";
import type { RecordPlace, RecordSealer } from "./record-cipher.ts";
import { sealTopicKeyRecord } from "./topic-key-record.ts";
import type { HeldTopicKey } from "./topic-key-store.ts";
import { deriveTopicKey, isTopicName, TOPIC_SECRET_LENGTH } from "./topic-key.ts";

/** After what time a topic gets another key unless told otherwise, ms. No key is used for more than twice that. */
export const KEY_ROTATION = 86_400_000;
/** The longest rotation, ms. */
export const MAX_ROTATION: number = 30 * 86_400_000;
/** How many records or fields are sealed with a key. From half of it on another one is made. */
export const MAX_RECORDS_PER_KEY: number = 2 ** 24;
/** How many bytes are sealed with a key. From half of it on another one is made. */
export const MAX_BYTES_PER_KEY: number = 2 ** 36;
/** How often the keys in use are deposited again at named holders, ms: they may have lost them, or been away. */
export const HOLDER_CHECK_INTERVAL = 60_000;
/** How many topics have a key for sealing at a time; the one that was not used longest makes room. */
export const MAX_SEALING_KEYS = 10_000;

/** A key holder elsewhere. */
export interface NamedHolder {
  /** For logs. */
  readonly name: string;
  readonly client: HolderClient;
}

/** What sealing keys are made for, and where they are kept. */
export interface SealingKeysOptions {
  /** The identity that seals. */
  readonly producer: Identifier;
  /** That of this node. */
  readonly holder: KeyHolder;
  /** At one of these a key is deposited before it is used, and at all as soon as it can be. */
  readonly holders: readonly NamedHolder[];
  /** Whether other nodes can find the own holder; asked where no other is named. */
  readonly isPublished: () => boolean;
  /** Whether this identity may read the topic: a holder can. */
  readonly mayConsume: (holder: Identifier, topic: string) => boolean | Promise<boolean>;
  readonly backend: CryptoBackend;
  /** ms, {@link KEY_ROTATION} by default, {@link MAX_ROTATION} at most. */
  readonly rotateAfter?: number;
  /** How long keys are kept after their last use, ms; for good when absent. */
  readonly keyRetention?: number;
  /** Told why there is no key, or why a holder has none. */
  readonly onFailure: (message: string, error: unknown) => void;
  /** ms since 1970; for tests. */
  readonly now?: () => number;
  /** For tests. */
  readonly limits?: Partial<SealingLimits>;
}

/** What is sealed, at most. */
export interface SealingLimits {
  /** With one key: {@link MAX_RECORDS_PER_KEY}. */
  readonly records: number;
  /** With one key: {@link MAX_BYTES_PER_KEY}. */
  readonly bytes: number;
  /** How many topics have a key: {@link MAX_SEALING_KEYS}. */
  readonly topics: number;
}

/** A key in use. Its secret is not here: nothing that ends with this process could count on from where it was. */
class SealingKey {
  readonly id: Uint8Array;
  readonly sealer: RecordSealer;
  readonly #key: AeadKey;
  readonly #limits: SealingLimits;
  readonly #agesAt: number;
  readonly #endsAt: number;
  #counter = 0;
  #bytes = 0;

  /** Times in ms since 1970. */
  constructor(key: AeadKey, id: Uint8Array, agesAt: number, endsAt: number, limits: SealingLimits) {
    this.#key = key;
    this.id = id;
    this.#agesAt = agesAt;
    this.#endsAt = endsAt;
    this.#limits = limits;
    this.sealer = {
      seal: (place, content) => this.#seal(place, content, false),
      compressing: { seal: (place, content) => this.#seal(place, content, true) },
    };
  }

  /** Whether another one is to take its place. */
  isAging(now: number): boolean {
    const { bytes, records } = this.#limits;
    return now >= this.#agesAt || this.#counter >= records / 2 || this.#bytes >= bytes / 2;
  }

  /** Whether it must not be used any more. */
  isSpent(now: number): boolean {
    return now >= this.#endsAt || this.#isFull();
  }

  destroy(): void {
    this.#key.destroy();
  }

  #isFull(): boolean {
    return this.#counter >= this.#limits.records || this.#bytes >= this.#limits.bytes;
  }

  #seal(place: RecordPlace, content: Uint8Array, compress: boolean): Uint8Array {
    // Within a batch: the producer sends it again, and it gets another key.
    if (this.#isFull()) throw noKey("as many records as a key may seal were sealed with it");
    const counter = this.#counter++;
    this.#bytes += content.length;
    return sealTopicKeyRecord({ key: this.#key, keyId: this.id, counter, compress }, place, content);
  }
}

interface Topic {
  key?: SealingKey;
  making?: Promise<SealingKey>;
  /** Why the last one could not be made, and until when no other is tried. */
  failure?: { readonly error: unknown; readonly until: number };
  /** Goes up when the keys are given up. */
  turn: number;
  /** When holders were last told, ms since 1970. */
  toldAt: number;
  isTelling: boolean;
}

/** Makes keys, and hands out what seals with them. */
export class SealingKeys {
  readonly #options: SealingKeysOptions;
  readonly #limits: SealingLimits;
  readonly #now: () => number;
  readonly #topics = new Map<string, Topic>();
  #isClosed = false;

  /** @throws RangeError for a rotation that is not positive or longer than {@link MAX_ROTATION}, or a negative retention */
  constructor(options: SealingKeysOptions) {
    const { keyRetention = 0, rotateAfter = KEY_ROTATION } = options;
    if (!(rotateAfter > 0 && rotateAfter <= MAX_ROTATION)) {
      throw new RangeError(`"rotateAfter" expected 1 to ${MAX_ROTATION} ms, got ${rotateAfter}`);
    }
    if (!(keyRetention >= 0))
      throw new RangeError(`"keyRetention" expected milliseconds, got ${keyRetention}`);
    this.#options = options;
    this.#limits = {
      records: MAX_RECORDS_PER_KEY,
      bytes: MAX_BYTES_PER_KEY,
      topics: MAX_SEALING_KEYS,
      ...options.limits,
    };
    this.#now = options.now ?? Date.now;
  }

  /**
   * What seals a topic's records. While a new key is made, the old one is used as long as it may be.
   * @throws OckamError OCKAM_KAFKA_NO_CONSUMER, OCKAM_KAFKA_NOT_AUTHORIZED, OCKAM_KAFKA_INVALID_VALUE, and what storages throw
   */
  sealer(name: string): RecordSealer | Promise<RecordSealer> {
    if (this.#isClosed) throw noKey("the Kafka inlet was closed");
    const topic = this.#topic(name);
    const now = this.#now();
    const { failure, key } = topic;
    const mayTry = failure === undefined || failure.until <= now;
    if (key === undefined || key.isSpent(now)) {
      if (topic.making === undefined && !mayTry) return Promise.reject(failure.error);
      return (topic.making ?? this.#make(name, topic)).then(({ sealer }) => sealer);
    }
    if (key.isAging(now) && topic.making === undefined && mayTry) {
      // Who seals meanwhile does not depend on it, and the failure is remembered.
      this.#make(name, topic).catch(() => {});
    } else if (now - topic.toldAt >= HOLDER_CHECK_INTERVAL && !topic.isTelling) {
      void this.#tellAgain(name, topic, key);
    }
    return key.sealer;
  }

  /** Gives all keys up: what is sealed next is sealed with others. */
  rotate(): void {
    for (const topic of this.#topics.values()) {
      topic.turn += 1;
      delete topic.key;
      // One that is being made may have been fetched already.
      delete topic.making;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const { key } of this.#topics.values()) key?.destroy();
    this.rotate();
    this.#topics.clear();
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name) ?? { turn: 0, toldAt: 0, isTelling: false };
    // The last in the map is the one that was used last.
    this.#topics.delete(name);
    this.#topics.set(name, topic);
    const [oldest] = this.#topics;
    // Keys that make room, here and elsewhere, are not destroyed: somebody may be about to seal.
    if (this.#topics.size > this.#limits.topics && oldest !== undefined) this.#topics.delete(oldest[0]);
    return topic;
  }

  #make(name: string, topic: Topic): Promise<SealingKey> {
    const { turn } = topic;
    const make = async (): Promise<SealingKey> => {
      try {
        const key = await this.#makeKey(name);
        if (topic.turn !== turn) throw noKey("the key was given up while it was made");
        topic.key = key;
        topic.toldAt = this.#now();
        delete topic.failure;
        return key;
      } catch (error) {
        this.#failed(name, error);
        topic.failure = { error, until: this.#now() + KEY_RETRY_DELAY };
        throw error;
      } finally {
        if (topic.making === making) delete topic.making;
      }
    };
    const making = make();
    topic.making = making;
    return making;
  }

  async #makeKey(topic: string): Promise<SealingKey> {
    if (!isTopicName(topic)) {
      throw kafkaPortalError(
        KAFKA_PORTAL_ERROR_CODES.invalidValue,
        "a topic's name is longer than Kafka allows",
      );
    }
    const { backend, holder, holders, isPublished, keyRetention, producer } = this.#options;
    if (holders.length === 0 && !isPublished()) {
      throw noKey("the relay is not registered yet by which consumers find this node's keys");
    }
    const { rotateAfter = KEY_ROTATION } = this.#options;
    const now = this.#now();
    const sealsUntil = Math.ceil((now + 2 * rotateAfter) / 1000);
    const keptUntil = keyRetention === undefined ? 0 : sealsUntil + Math.ceil(keyRetention / 1000);
    const secret = backend.randomBytes(TOPIC_SECRET_LENGTH);
    const terms = { origin: holder.origin, producer, topic, sealsUntil, keptUntil };
    const { aesKey, id } = deriveTopicKey(backend, terms, secret);
    const held: HeldTopicKey = { ...terms, id, secret };
    try {
      await holder.store.keep(held, true).catch((error: unknown) => {
        zeroBytes(secret);
        throw error;
      });
      await this.#deposit(held);
      return new SealingKey(
        backend.aes256Gcm(aesKey),
        id,
        now + rotateAfter,
        sealsUntil * 1000,
        this.#limits,
      );
    } finally {
      zeroBytes(aesKey);
    }
  }

  /** Resolves once a holder has the key, where there are others; the rest of them is not waited for. */
  async #deposit(key: HeldTopicKey): Promise<void> {
    const { holders } = this.#options;
    const outcomes = holders.map((holder) => this.#depositAt(holder, key));
    void Promise.allSettled(outcomes).then(() => zeroBytes(key.secret));
    if (holders.length === 0) return;
    try {
      await Promise.any(outcomes);
    } catch (error) {
      const { errors } = error as AggregateError;
      const isRefused = errors.every((one) => isOckamError(one, KAFKA_PORTAL_ERROR_CODES.notAuthorized));
      if (isRefused) throw errors[0];
      throw noKey("no key holder keeps the topic's key", errors[0]);
    }
  }

  async #depositAt({ client, name }: NamedHolder, key: HeldTopicKey): Promise<void> {
    try {
      const answer = await client.ask({
        request: { type: "deposit", id: key.id, key },
        mayTell: (peer) => this.#options.mayConsume(peer, key.topic),
        judge: (said) => said,
        isGood: ({ type }) => type === "kept",
      });
      if (answer.type === "kept") return;
      const reason = answer.type === "refused" ? answer.reason : undefined;
      if (reason === HOLDER_REFUSAL.notAuthorized) throw notAuthorized(name, key.topic);
      throw noKey(`the key holder ${name} does not keep a key at present (${reason ?? answer.type})`);
    } catch (error) {
      this.#failed(key.topic, error);
      throw error;
    }
  }

  /** Holders that lost the key in use, or did not get it, get it again. */
  async #tellAgain(name: string, topic: Topic, { id }: SealingKey): Promise<void> {
    topic.isTelling = true;
    try {
      const held = await this.#options.holder.store.served(id);
      // The own storage was lost: nobody could find the key here.
      if (held === undefined) this.#giveUp(topic, id);
      else await this.#deposit(held);
    } catch (error) {
      if (isOckamError(error, KAFKA_PORTAL_ERROR_CODES.notAuthorized)) {
        this.#giveUp(topic, id);
        topic.failure = { error, until: this.#now() + KEY_RETRY_DELAY };
      } else this.#failed(name, error);
    } finally {
      topic.toldAt = this.#now();
      topic.isTelling = false;
    }
  }

  #giveUp(topic: Topic, id: Uint8Array): void {
    if (topic.key?.id === id) delete topic.key;
  }

  #failed(topic: string, error: unknown): void {
    this.#options.onFailure(`no key for ${JSON.stringify(topic)}`, error);
  }
}

function noKey(message: string, cause?: unknown): Error {
  return kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.noConsumer, message, { cause });
}

function notAuthorized(holder: string, topic: string): Error {
  return kafkaPortalError(
    KAFKA_PORTAL_ERROR_CODES.notAuthorized,
    `the policy of the key holder ${holder} does not let this node produce to ${JSON.stringify(topic)}`,
  );
}
