// Keys that a consumer's node does not have yet. docs/protocol/kafka-keys.md, "Fetching".
import { equalBytes, isOckamError, toHex, zeroBytes } from "@ockam/codec";
import type { Route, Router } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";
import type { SecureChannelOptions } from "@ockam/secure-channel";
import type { CryptoBackend } from "@ockam/vault";

import { HolderClient } from "./holder-client.ts";
import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import { HOLDER_REFUSAL } from "./key-holder-message.ts";
import type { CarriedTopicKey, HolderAnswer } from "./key-holder-message.ts";
import { keyRelayName } from "./key-holder.ts";
import type { KeyHolder } from "./key-holder.ts";
import { KEY_RETRY_DELAY } from "./limits.ts";
import type { NamedHolder } from "./sealing-keys.ts";
import { deriveTopicKey, keyOrigin, originOf } from "./topic-key.ts";

/** How many keys are fetched at a time; others wait. */
export const MAX_KEY_FETCHES = 64;
/** Of how many keys it is remembered what came of the last attempt; the oldest is forgotten. */
export const MAX_REMEMBERED_FETCHES = 10_000;
/** To how many origins there are channels at a time; the one that was not used longest is closed. */
export const MAX_HOLDER_CHANNELS = 100;

/** Where keys are fetched from, and whose. */
export interface KeyFetcherOptions {
  readonly channel: Omit<SecureChannelOptions, "keyExchangeOnly" | "onExchangedKey">;
  readonly backend: CryptoBackend;
  /** That of this node: what is fetched is kept there. */
  readonly holder: KeyHolder;
  /** Asked for every key. */
  readonly holders: readonly NamedHolder[];
  /** The way to the node that a key was made at, its address `kafka_keys` included, by the name of its relay. */
  readonly originRoute?: (relayName: string) => Route | Promise<Route>;
  /** Whether what this identity produces to the topic, or says about producers, is to be believed. */
  readonly mayProduce: (producer: Identifier, topic: string) => boolean | Promise<boolean>;
  /** Told why a key is not got, once for each reason. */
  readonly onFailure: (message: string, error: unknown) => void;
  /** ms; for tests. */
  readonly now?: () => number;
  /** How long a holder has to answer, ms. */
  readonly timeout?: number;
}

/** What came of asking one holder. */
type Outcome = "kept" | "unknown" | "refused" | "unreachable" | "forbidden" | "elsewhere";

interface Fetch {
  error: Error;
  isRunning: boolean;
  /** When it may be tried again, ms. */
  nextAt: number;
}

/** Fetches keys in the background, and says what came of it. */
export class KeyFetcher {
  readonly #router: Router;
  readonly #options: KeyFetcherOptions;
  readonly #now: () => number;
  readonly #fetches = new Map<string, Fetch>();
  readonly #origins = new Map<string, HolderClient>();
  #running = 0;
  #isClosed = false;

  constructor(router: Router, options: KeyFetcherOptions) {
    this.#router = router;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Begins to fetch a key that is not here, unless it was tried just now.
   * @returns why a record cannot be opened at present: OckamError OCKAM_KAFKA_KEY_UNREACHABLE until there is an answer,
   * and when nobody can be reached; OCKAM_KAFKA_UNKNOWN_KEY, OCKAM_KAFKA_KEY_REFUSED, OCKAM_KAFKA_NOT_AUTHORIZED,
   * OCKAM_KAFKA_NOT_AUTHENTIC
   */
  missing(id: Uint8Array, topic: string): Error {
    // What is said about a key in one topic says nothing about it in another: a broker moves records.
    const name = `${toHex(id)} ${topic}`;
    const fetch = this.#fetches.get(name) ?? { error: pending(id), isRunning: false, nextAt: 0 };
    if (fetch.isRunning || fetch.nextAt > this.#now() || this.#isClosed) return fetch.error;
    if (this.#running >= MAX_KEY_FETCHES) return fetch.error;
    fetch.isRunning = true;
    this.#fetches.delete(name);
    this.#fetches.set(name, fetch);
    const [oldest] = this.#fetches.keys();
    if (this.#fetches.size > MAX_REMEMBERED_FETCHES && oldest !== undefined) this.#fetches.delete(oldest);
    this.#running += 1;
    void this.#run(name, id.slice(), topic, fetch);
    return fetch.error;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(Array.from(this.#origins.values(), (client) => client.close()));
    this.#origins.clear();
  }

  async #run(name: string, id: Uint8Array, topic: string, fetch: Fetch): Promise<void> {
    try {
      const outcomes = await this.#askAll(id, topic);
      if (outcomes.includes("kept")) this.#fetches.delete(name);
      else this.#fail(fetch, await this.#failure(id, outcomes));
    } catch (cause) {
      // Of a storage, or a policy that cannot decide: it says nothing about the key.
      this.#fail(fetch, pending(id, cause));
    } finally {
      this.#running -= 1;
      fetch.isRunning = false;
      fetch.nextAt = this.#now() + KEY_RETRY_DELAY;
    }
  }

  #fail(fetch: Fetch, error: Error): void {
    const isNews = error.message !== fetch.error.message;
    fetch.error = error;
    if (isNews || error.cause !== undefined) {
      this.#options.onFailure("the key of a record cannot be fetched", error);
    }
  }

  #askAll(id: Uint8Array, topic: string): Promise<readonly Outcome[]> {
    const { holder, holders, originRoute } = this.#options;
    const asked = holders.map(({ client }) => this.#ask(client, id, topic, false));
    const origin = originOf(id);
    if (originRoute !== undefined && !equalBytes(origin, holder.origin)) {
      asked.push(this.#ask(this.#origin(origin, originRoute), id, topic, true));
    }
    return Promise.all(asked);
  }

  #origin(origin: Uint8Array, routeOf: (relayName: string) => Route | Promise<Route>): HolderClient {
    const relayName = keyRelayName(origin);
    const { channel, timeout } = this.#options;
    const client =
      this.#origins.get(relayName) ??
      new HolderClient(this.#router, {
        channel,
        routeOf: () => routeOf(relayName),
        ...(timeout === undefined ? {} : { timeout }),
      });
    this.#origins.delete(relayName);
    this.#origins.set(relayName, client);
    const [oldest] = this.#origins;
    if (this.#origins.size > MAX_HOLDER_CHANNELS && oldest !== undefined) {
      this.#origins.delete(oldest[0]);
      void oldest[1].close();
    }
    return client;
  }

  async #ask(client: HolderClient, id: Uint8Array, topic: string, isOrigin: boolean): Promise<Outcome> {
    try {
      return await client.ask<Outcome>({
        request: { type: "fetch", id },
        judge: (answer, peer) =>
          answer.type === "found"
            ? this.#take(id, topic, answer, isOrigin ? peer : undefined, peer)
            : this.#believed(id, topic, answer, peer, isOrigin),
        isGood: (outcome) => outcome === "kept" || outcome === "unknown" || outcome === "elsewhere",
      });
    } catch (error) {
      if (!isOckamError(error, KAFKA_PORTAL_ERROR_CODES.keyUnreachable)) throw error;
      return "unreachable";
    }
  }

  /** Keeps a key that is what its id says, from somebody who may give it. */
  async #take(
    id: Uint8Array,
    topic: string,
    { key, producer }: { readonly key: CarriedTopicKey; readonly producer: Identifier },
    origin: Identifier | undefined,
    peer: Identifier,
  ): Promise<Outcome> {
    const { backend, holder, mayProduce } = this.#options;
    const { aesKey, id: computed } = deriveTopicKey(
      backend,
      { ...key, producer, origin: originOf(id) },
      key.secret,
    );
    zeroBytes(aesKey);
    // Not what was asked for: whoever answers is nobody to believe.
    if (!equalBytes(computed, id) || (origin !== undefined && !origin.equals(producer))) return "unreachable";
    if (key.topic !== topic) return "elsewhere";
    if (!(await mayProduce(peer, topic))) return origin === undefined ? "unreachable" : "forbidden";
    await holder.store.keep({ ...key, id, producer }, false);
    zeroBytes(key.secret);
    return "kept";
  }

  /** What a no is worth: the origin's, if it proves to be that; a named holder's, if it may speak about producers. */
  async #believed(
    id: Uint8Array,
    topic: string,
    answer: HolderAnswer,
    peer: Identifier,
    isOrigin: boolean,
  ): Promise<Outcome> {
    if (answer.type !== "refused") return "unreachable";
    const { backend, mayProduce } = this.#options;
    const isBelieved = isOrigin
      ? equalBytes(keyOrigin(backend, peer, answer.salt), originOf(id))
      : await mayProduce(peer, topic);
    if (!isBelieved) return "unreachable";
    if (answer.reason === HOLDER_REFUSAL.unknown) return "unknown";
    return answer.reason === HOLDER_REFUSAL.notAuthorized ? "refused" : "unreachable";
  }

  async #failure(id: Uint8Array, outcomes: readonly Outcome[]): Promise<Error> {
    const key = toHex(id);
    if (outcomes.includes("elsewhere")) {
      return kafkaPortalError(
        KAFKA_PORTAL_ERROR_CODES.notAuthentic,
        "the record was sealed for another topic",
        { details: { key } },
      );
    }
    if (outcomes.includes("forbidden")) {
      return kafkaPortalError(
        KAFKA_PORTAL_ERROR_CODES.notAuthorized,
        "the policy does not let the producer of the record produce",
        { details: { key } },
      );
    }
    if (outcomes.includes("refused")) {
      return kafkaPortalError(
        KAFKA_PORTAL_ERROR_CODES.keyRefused,
        `who has the record's key ${key} does not let this node consume: check its policy for consumers and this node's credential`,
        { details: { key } },
      );
    }
    if (!outcomes.includes("unreachable")) {
      return kafkaPortalError(
        KAFKA_PORTAL_ERROR_CODES.unknownKey,
        `no key holder has the record's key ${key} any more`,
        { details: { key } },
      );
    }
    const origin = toHex(originOf(id));
    const isKnown = await this.#options.holder.store.hasOrigin(origin);
    return kafkaPortalError(
      KAFKA_PORTAL_ERROR_CODES.keyUnreachable,
      `who has the record's key ${key} cannot be reached: start the node whose relay is ${keyRelayName(originOf(id))}, or name a key holder`,
      { details: { key, origin, isKnownOrigin: isKnown } },
    );
  }
}

function pending(id: Uint8Array, cause?: unknown): Error {
  const message =
    cause instanceof Error
      ? `the record's key cannot be kept at present: ${cause.message}`
      : "the record's key is being fetched";
  return kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.keyUnreachable, message, {
    cause,
    details: { key: toHex(id) },
  });
}
