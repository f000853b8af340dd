// What a node asks a key holder elsewhere. docs/protocol/kafka-keys.md, "The protocol".
import { isOckamError } from "@ockam/codec";
import { Address } from "@ockam/core-routing";
import type { Route, Router } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";
import { createSecureChannel } from "@ockam/secure-channel";
import type { SecureChannel, SecureChannelOptions } from "@ockam/secure-channel";

import { startTimer } from "./background-timer.ts";
import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import { decodeHolderAnswer, encodeHolderRequest } from "./key-holder-message.ts";
import type { HolderAnswer, HolderRequest } from "./key-holder-message.ts";
import { KAFKA_KEY_HOLDER } from "./key-holder.ts";

/** How long a holder has to answer, and before that to open a channel, ms. */
export const HOLDER_TIMEOUT = 5000;
/** How long a channel to a holder is used, ms: a new one brings new credentials of both sides. */
export const HOLDER_CHANNEL_LIFETIME = 300_000;

/** How a holder is reached. */
export interface HolderClientOptions {
  /** With which identity and credential, and whose credentials count. */
  readonly channel: Omit<SecureChannelOptions, "keyExchangeOnly" | "onExchangedKey">;
  /** The way to the holder, its address {@link KAFKA_KEYS} included. */
  readonly routeOf: () => Route | Promise<Route>;
  /** ms, {@link HOLDER_TIMEOUT} by default. */
  readonly timeout?: number;
}

/** What is to be asked, and what is made of the answer. */
export interface HolderQuestion<T> {
  readonly request: HolderRequest;
  /** Whether the request may be told to this peer; everybody by default. */
  readonly mayTell?: (peer: Identifier) => boolean | Promise<boolean>;
  readonly judge: (answer: HolderAnswer, peer: Identifier) => T | Promise<T>;
  /** Whether another channel could bring nothing better. */
  readonly isGood: (outcome: T) => boolean;
}

interface Opened {
  readonly channel: Promise<SecureChannel>;
  isUsed: boolean;
}

/** Asks one holder, over a channel that is opened when it is needed. */
export class HolderClient implements AsyncDisposable {
  readonly #router: Router;
  readonly #options: HolderClientOptions;
  readonly #ending = new AbortController();
  #opened: Opened | undefined;

  constructor(router: Router, options: HolderClientOptions) {
    this.#router = router;
    this.#options = options;
  }

  /**
   * Asks, and once more over a new channel when one that was used before brings nothing good.
   * @throws OckamError OCKAM_KAFKA_KEY_UNREACHABLE when nobody answers, OCKAM_KAFKA_NOT_AUTHORIZED when nobody there may
   * be told
   */
  async ask<T>(question: HolderQuestion<T>): Promise<T> {
    const opened = this.#open();
    if (!opened.isUsed) return this.#askOver(opened, question);
    try {
      const outcome = await this.#askOver(opened, question);
      if (question.isGood(outcome)) return outcome;
      this.#retire(opened);
    } catch (error) {
      if (!isOckamError(error)) throw error;
    }
    return this.#askOver(this.#open(), question);
  }

  /** Closes the channel; nothing is asked any more. */
  async close(): Promise<void> {
    this.#ending.abort(unreachable("the Kafka inlet was closed"));
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.channel.then((channel) => channel.close()).catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #askOver<T>(opened: Opened, { judge, mayTell, request }: HolderQuestion<T>): Promise<T> {
    try {
      const channel = await opened.channel;
      const { peer } = channel;
      if (mayTell !== undefined && !(await mayTell(peer))) {
        throw kafkaPortalError(
          KAFKA_PORTAL_ERROR_CODES.notAuthorized,
          `the policy does not let the key holder ${peer.toString()} have keys`,
          { details: { holder: peer.toString() } },
        );
      }
      const route = [channel.address, Address.local(KAFKA_KEY_HOLDER)];
      const { signal } = this.#ending;
      const { timeout = HOLDER_TIMEOUT } = this.#options;
      const message = await this.#router.request(route, encodeHolderRequest(request), { timeout, signal });
      opened.isUsed = true;
      return await judge(decodeHolderAnswer(message.payload), peer);
    } catch (cause) {
      this.#drop(opened);
      if (isOckamError(cause, KAFKA_PORTAL_ERROR_CODES.notAuthorized)) throw cause;
      if (!isOckamError(cause) && !(cause instanceof RangeError)) throw cause;
      throw unreachable(`a key holder cannot be asked: ${cause.message}`, cause);
    }
  }

  #open(): Opened {
    if (this.#opened !== undefined) return this.#opened;
    const opened: Opened = { channel: this.#connect(), isUsed: false };
    this.#opened = opened;
    // Whoever waits for it hears of a failure.
    opened.channel.then((channel) => this.#limit(opened, channel)).catch(() => this.#drop(opened));
    return opened;
  }

  async #connect(): Promise<SecureChannel> {
    const { channel, routeOf, timeout = HOLDER_TIMEOUT } = this.#options;
    const { signal } = this.#ending;
    signal.throwIfAborted();
    const route = await routeOf();
    // The first answer confirms it.
    return createSecureChannel(this.#router, route, { ...channel, timeout, signal, confirm: false });
  }

  #limit(opened: Opened, channel: SecureChannel): void {
    const stopTimer = startTimer(HOLDER_CHANNEL_LIFETIME, () => this.#retire(opened));
    void channel.closed.then(() => {
      stopTimer();
      if (this.#opened === opened) this.#opened = undefined;
    });
  }

  /** Asks nothing more over a channel; what was asked may still be answered. */
  #retire(opened: Opened): void {
    if (this.#opened === opened) this.#opened = undefined;
    startTimer(this.#options.timeout ?? HOLDER_TIMEOUT, () => this.#drop(opened));
  }

  #drop(opened: Opened): void {
    if (this.#opened === opened) this.#opened = undefined;
    void opened.channel.then((channel) => channel.close()).catch(() => {});
  }
}

function unreachable(message: string, cause?: unknown): Error {
  return kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.keyUnreachable, message, { cause });
}
