// Keeps topic keys, and gives them to those who may have them. docs/protocol/kafka-keys.md, "The protocol".
import { CborReader, equalBytes, isOckamError, silentLog, toHex, zeroBytes } from "@ockam/codec";
import type { Log, LogLevel } from "@ockam/codec";
import { SECURE_CHANNEL_IDENTIFIER } from "@ockam/core-routing";
import type { Address, Context, FlowControlId, Message, Router, Worker } from "@ockam/core-routing";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";
import { createSecureChannelListener } from "@ockam/secure-channel";
import type { SecureChannelListenerLimits, SecureChannelOptions } from "@ockam/secure-channel";

import { startInterval } from "./background-timer.ts";
import { decodeHolderRequest, encodeHolderAnswer, HOLDER_REFUSAL } from "./key-holder-message.ts";
import type { CarriedTopicKey, HolderAnswer, HolderRequest } from "./key-holder-message.ts";
import { KeyQuota } from "./key-quota.ts";
import { deriveTopicKey, keyOrigin, originOf } from "./topic-key.ts";
import { TopicKeyStore } from "./topic-key-store.ts";
import type { TopicKeyStoreOptions } from "./topic-key-store.ts";

/** The address of a key holder's secure channel listener. */
export const KAFKA_KEYS = "kafka_keys";
/** The address of the worker behind it, which only its channels lead to. */
export const KAFKA_KEY_HOLDER = "kafka_key_holder";
/** How many requests of a peer are answered at a time. */
export const MAX_PENDING_KEY_REQUESTS = 64;
/** How many keys of a producer a holder has at a time: one a day for 2,700 topics in a year. */
export const MAX_KEYS_OF_PRODUCER = 1_000_000;
/** How far the end of sealing may be when a key is deposited, ms: twice the longest rotation, and a day for clocks. */
export const MAX_SEALING_TIME: number = 61 * 86_400_000;
/** How often keys whose end has come are deleted, ms. */
export const KEY_SWEEP_INTERVAL = 3_600_000;

/** What a key holder is to be. */
export interface KeyHolderOptions
  extends
    Omit<SecureChannelOptions, "keyExchangeOnly" | "onExchangedKey">,
    Omit<TopicKeyStoreOptions, "backend"> {
  /** Whether records of this producer are to be believed; asked when a key is deposited, and its outcome stays with the key. */
  readonly mayProduce: (producer: Identifier, topic: string) => boolean | Promise<boolean>;
  /** Whether this identity may read a topic; asked each time a key is fetched. */
  readonly mayConsume: (consumer: Identifier, topic: string) => boolean | Promise<boolean>;
  /** Flow controls through which producers and consumers reach it. */
  readonly consumerOf?: readonly FlowControlId[];
  readonly limits?: SecureChannelListenerLimits;
  /** How many keys of a producer are taken within an hour; 20,000 by default. */
  readonly maxNewKeys?: number;
}

/** A running key holder, and the keys of its node. */
export interface KeyHolder extends AsyncDisposable {
  /** Where channels to it are opened. */
  readonly address: Address;
  /** What the keys that are made here begin with, for ever. */
  readonly origin: Uint8Array;
  /** By which name a relay is to lead to the node, so that consumers find keys that were made here. */
  readonly relayName: string;
  /** The keys, for inlets of the node. */
  readonly store: Pick<TopicKeyStore, Exclude<keyof TopicKeyStore, "servedEntry">>;
  /** Answers no more. What is kept stays. */
  close(): Promise<void>;
}

/** By which name a relay leads to the holder of this origin. */
export function keyRelayName(origin: Uint8Array): string {
  return `${KAFKA_KEYS}_${toHex(origin)}`;
}

/**
 * Starts a key holder, at {@link KAFKA_KEYS}. One is enough for all inlets of a node.
 * @throws OckamError OCKAM_ROUTING_ADDRESS_IN_USE, and what the storage throws
 */
export async function createKeyHolder(router: Router, options: KeyHolderOptions): Promise<KeyHolder> {
  const store = new TopicKeyStore({ ...options, backend: options.identities.vault.backend });
  const salt = await options.storage.salt();
  const origin = keyOrigin(options.identities.vault.backend, options.identifier, salt);
  const worker = new KeyHolderWorker(store, salt, options);
  const holder = router.start(worker, { address: KAFKA_KEY_HOLDER });
  try {
    const listener = createSecureChannelListener(router, KAFKA_KEYS, options);
    router.flowControls.addConsumer(holder.address, listener.flowControlId);
    const stopSweeping = startInterval(KEY_SWEEP_INTERVAL, () => worker.sweep());
    worker.sweep();
    const close = async (): Promise<void> => {
      stopSweeping();
      await listener.close();
      await Promise.all(listener.channels().map((open) => open.close()));
      await holder.stop();
      await worker.settled();
    };
    const relayName = keyRelayName(origin);
    return { address: listener.address, origin, relayName, store, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await holder.stop();
    throw error;
  }
}

/** Answers requests of the peers of channels. */
class KeyHolderWorker implements Worker {
  readonly concurrent = true;
  readonly #store: TopicKeyStore;
  readonly #salt: Uint8Array;
  readonly #options: KeyHolderOptions;
  readonly #quota: KeyQuota;
  readonly #now: () => number;
  readonly #pending = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(store: TopicKeyStore, salt: Uint8Array, options: KeyHolderOptions) {
    this.#store = store;
    this.#salt = salt;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#quota = new KeyQuota(options.now, options.maxNewKeys);
  }

  handleMessage(message: Message, context: Context): void | Promise<void> {
    const peer = peerOf(message);
    if (peer === undefined) return this.#report("debug", "a request came through no secure channel");
    const request = this.#read(message, peer);
    if (request === undefined) return undefined;
    const pending = this.#pending.get(peer.hex) ?? 0;
    // Who does not take answers is waited for; others share neither the channel nor the count.
    if (pending >= MAX_PENDING_KEY_REQUESTS) return reply(message, context, this.#refused("busy"));
    this.#pending.set(peer.hex, pending + 1);
    void this.#track(this.#respond(request, peer, message, context));
    return undefined;
  }

  /** Deletes keys whose end has come. */
  sweep(): void {
    void this.#track(
      this.#store.sweep().catch((error: unknown) => {
        this.#report("error", "keys whose end has come cannot be deleted", undefined, error);
      }),
    );
  }

  /** Resolves when nothing is being stored. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  #track(work: Promise<void>): Promise<void> {
    this.#underWay.add(work);
    return work.finally(() => this.#underWay.delete(work));
  }

  #read(message: Message, peer: Identifier): HolderRequest | undefined {
    try {
      return decodeHolderRequest(message.payload);
    } catch (error) {
      this.#report("warn", "a request breaks the format", peer, error);
      return undefined;
    }
  }

  async #respond(
    request: HolderRequest,
    peer: Identifier,
    message: Message,
    context: Context,
  ): Promise<void> {
    try {
      const answer = await this.#answer(request, peer);
      const replied = reply(message, context, answer);
      if (answer.type === "found") zeroBytes(answer.key.secret);
      await replied;
    } catch (error) {
      this.#report("error", "an answer cannot be sent", peer, error);
    } finally {
      const left = this.#pending.get(peer.hex)! - 1;
      if (left === 0) this.#pending.delete(peer.hex);
      else this.#pending.set(peer.hex, left);
    }
  }

  async #answer(request: HolderRequest, peer: Identifier): Promise<HolderAnswer> {
    try {
      return request.type === "deposit"
        ? await this.#deposit(request.id, request.key, peer)
        : await this.#fetch(request.id, peer);
    } catch (error) {
      this.#report("error", `a ${request.type} failed`, peer, error);
      return this.#refused("busy");
    }
  }

  async #deposit(id: Uint8Array, key: CarriedTopicKey, producer: Identifier): Promise<HolderAnswer> {
    if (!this.#isAcceptable(id, key, producer)) return this.#refused("notAcceptable");
    if (!(await this.#options.mayProduce(producer, key.topic))) {
      this.#report("warn", "the policy does not let this producer produce", producer);
      return this.#refused("notAuthorized");
    }
    const isNew = !(await this.#store.has(id));
    if (isNew && !(await this.#hasRoom(producer))) {
      this.#report("warn", "the producer deposits too many keys", producer);
      return this.#refused("tooMany");
    }
    await this.#store.keep({ ...key, id, producer }, true);
    return { type: "kept" };
  }

  async #hasRoom(producer: Identifier): Promise<boolean> {
    const count = await this.#options.storage.count(producer);
    return count < MAX_KEYS_OF_PRODUCER && this.#quota.take(producer);
  }

  /** Whether the id is that of the key and of nothing else, and the ends are neither over nor too far. */
  #isAcceptable(id: Uint8Array, key: CarriedTopicKey, producer: Identifier): boolean {
    const { backend } = this.#options.identities.vault;
    const terms = { ...key, producer, origin: originOf(id) };
    const derived = deriveTopicKey(backend, terms, key.secret);
    zeroBytes(derived.aesKey);
    const now = this.#now();
    const isInTime = key.sealsUntil * 1000 > now && key.sealsUntil * 1000 <= now + MAX_SEALING_TIME;
    const isOrdered = key.keptUntil === 0 || key.keptUntil >= key.sealsUntil;
    return equalBytes(derived.id, id) && isInTime && isOrdered;
  }

  async #fetch(id: Uint8Array, consumer: Identifier): Promise<HolderAnswer> {
    const entry = await this.#store.servedEntry(id);
    if (entry === undefined) return this.#refused("unknown");
    const { topic } = entry;
    if (!(await this.#options.mayConsume(consumer, topic))) {
      this.#report("warn", `the policy does not let this consumer read ${JSON.stringify(topic)}`, consumer);
      return this.#refused("notAuthorized");
    }
    // Not for somebody who is not to have it.
    const key = await this.#store.served(id);
    if (key === undefined) return this.#refused("unknown");
    return { type: "found", producer: key.producer, key };
  }

  #refused(reason: keyof typeof HOLDER_REFUSAL): HolderAnswer {
    return { type: "refused", reason: HOLDER_REFUSAL[reason], salt: this.#salt };
  }

  #report(level: LogLevel, message: string, peer?: Identifier, error?: unknown): void {
    const log: Log = this.#options.log ?? silentLog;
    const about = peer === undefined ? "" : ` (${peer.toString()})`;
    log({ level, area: "portal-kafka", message: message + about, error });
  }
}

async function reply(message: Message, context: Context, answer: HolderAnswer): Promise<void> {
  const encoded = encodeHolderAnswer(answer);
  try {
    await context.reply(message, encoded);
  } catch (error) {
    // Who asked is gone.
    if (!isOckamError(error)) throw error;
  }
}

/** The peer of the channel that a message came through: what the channel wrote down, and nobody else could. */
function peerOf({ localInfo }: Message): Identifier | undefined {
  const infos = localInfo.filter(({ type }) => type === SECURE_CHANNEL_IDENTIFIER);
  if (infos.length !== 1) return undefined;
  return new Identifier(new CborReader(infos[0]!.data).bytes(IDENTIFIER_LENGTH));
}
