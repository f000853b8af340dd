// Whether the node that consumes a partition has topic keys. docs/protocol/kafka-keys.md, "Negotiation".
import { isOckamError } from "@ockam/codec";
import type { Route, Router } from "@ockam/core-routing";
import { createSecureChannel } from "@ockam/secure-channel";
import type { SecureChannelOptions } from "@ockam/secure-channel";

import { KEY_EXCHANGER } from "./key-exchanger.ts";
import { KAFKA_KEYS } from "./key-holder.ts";
import type { Partition } from "./partition.ts";

/** How long before `key_exchanger` is asked `kafka_keys` is, ms. */
export const NEGOTIATION_HEAD_START = 1000;
/** How long a consumer's node has to answer at either address, ms. */
export const NEGOTIATION_TIMEOUT = 4000;

/** In which of two ways records are sealed. */
export type KeyAgreement = "topic-keys" | "rust";

/** How the node that consumes a partition is reached. */
export interface KeyNegotiationOptions extends Omit<
  SecureChannelOptions,
  "keyExchangeOnly" | "onExchangedKey"
> {
  /**
   * The way to a service of that node, its address included.
   * @throws OckamError when there is none
   */
  readonly routeOf: (
    partition: Partition,
    service: typeof KAFKA_KEYS | typeof KEY_EXCHANGER,
  ) => Route | Promise<Route>;
  /** ms, {@link NEGOTIATION_HEAD_START} by default. */
  readonly headStart?: number;
  /** ms, {@link NEGOTIATION_TIMEOUT} by default. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/**
 * Finds out which key agreement the node that consumes a partition has. Where nobody answers it is topic keys: with them
 * consumers that come later can read.
 * @throws the signal's reason
 */
export async function negotiateKeyAgreement(
  router: Router,
  partition: Partition,
  options: KeyNegotiationOptions,
): Promise<KeyAgreement> {
  const { headStart = NEGOTIATION_HEAD_START, signal, timeout = NEGOTIATION_TIMEOUT } = options;
  signal?.throwIfAborted();
  const ending = new AbortController();
  const end = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
  const answers = async (
    service: typeof KAFKA_KEYS | typeof KEY_EXCHANGER,
    time: number,
  ): Promise<boolean> => {
    try {
      const route = await options.routeOf(partition, service);
      const keyExchangeOnly = service === KEY_EXCHANGER;
      const channel = await createSecureChannel(router, route, {
        ...options,
        keyExchangeOnly,
        confirm: false,
        timeout: time,
        signal: end,
      });
      await channel.close();
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isOckamError(error) && !end.aborted) throw error;
      return false;
    }
  };
  const topicKeys = answers(KAFKA_KEYS, timeout);
  // Whoever is the first to be sure does not wait for the other one.
  topicKeys.catch(() => {});
  try {
    if (await within(topicKeys, headStart)) return "topic-keys";
    if (!(await answers(KEY_EXCHANGER, timeout - headStart))) {
      await topicKeys;
      return "topic-keys";
    }
    return (await within(topicKeys, headStart)) ? "topic-keys" : "rust";
  } finally {
    ending.abort(new Error("it was decided"));
  }
}

/** What `answer` is, or false when it is not there in time. */
async function within(answer: Promise<boolean>, time: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), time);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
