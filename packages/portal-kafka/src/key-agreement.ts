// The producer's half of the key exchange. docs/protocol/kafka-portal.md, "Keys of key-exchange channels".
import { isOckamError } from "@ockam/codec";
import type { Route, Router } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";
import { createSecureChannel } from "@ockam/secure-channel";
import type { SecureChannel, SecureChannelOptions } from "@ockam/secure-channel";

import { KAFKA_PORTAL_ERROR_CODES, kafkaPortalError } from "./kafka-portal-error.ts";
import type { Partition } from "./partition.ts";
import type { EncryptionKey } from "./rust-cipher.ts";

/** How long a consumer has to agree on a key unless told otherwise, ms: the handshake takes three messages. */
export const KEY_AGREEMENT_TIMEOUT = 30_000;

/** With whom keys are agreed on. */
export interface KeyAgreementOptions extends Omit<
  SecureChannelOptions,
  "keyExchangeOnly" | "onExchangedKey"
> {
  /**
   * The way to the key exchanger of the node that consumes a partition, its address included.
   * @throws OckamError when there is none: it is reported as OCKAM_KAFKA_NO_CONSUMER
   */
  readonly routeOf: (partition: Partition) => Route | Promise<Route>;
  /** Whether this identity may read the partition's records; asked once for each key. */
  readonly mayConsume: (consumer: Identifier, partition: Partition) => boolean | Promise<boolean>;
  /** ms, {@link KEY_AGREEMENT_TIMEOUT} by default. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/**
 * Agrees on a key for a partition: for `RustCipherOptions.agree`.
 * @throws OckamError OCKAM_KAFKA_NO_CONSUMER, OCKAM_KAFKA_NOT_AUTHORIZED; the signal's reason
 */
export async function agreeOnKey(
  router: Router,
  partition: Partition,
  options: KeyAgreementOptions,
): Promise<EncryptionKey> {
  const channel = await openChannel(router, partition, options);
  if (!(await mayConsume(channel, partition, options))) {
    await channel.close();
    throw kafkaPortalError(
      KAFKA_PORTAL_ERROR_CODES.notAuthorized,
      `the policy does not let ${channel.peer.toString()} consume ${JSON.stringify(partition.topic)}`,
      { details: { consumer: channel.peer.toString() } },
    );
  }
  return {
    decryptor: channel.route.at(-1)!.name,
    encrypt: (plaintext) => channel.encrypt(plaintext),
    closed: channel.closed,
    close: () => channel.close(),
  };
}

async function openChannel(
  router: Router,
  partition: Partition,
  options: KeyAgreementOptions,
): Promise<SecureChannel> {
  try {
    const route = await options.routeOf(partition);
    const { timeout = KEY_AGREEMENT_TIMEOUT } = options;
    return await createSecureChannel(router, route, { ...options, timeout, keyExchangeOnly: true });
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (!isOckamError(cause)) throw cause;
    if (cause.code === "OCKAM_SECURE_CHANNEL_PEER_NOT_TRUSTED") {
      throw kafkaPortalError(KAFKA_PORTAL_ERROR_CODES.notAuthorized, cause.message, { cause });
    }
    throw kafkaPortalError(
      KAFKA_PORTAL_ERROR_CODES.noConsumer,
      `no consumer of ${JSON.stringify(partition.topic)}, partition ${partition.partition}, agrees on a key: ${cause.message}`,
      { cause },
    );
  }
}

async function mayConsume(
  channel: SecureChannel,
  partition: Partition,
  options: KeyAgreementOptions,
): Promise<boolean> {
  try {
    return await options.mayConsume(channel.peer, partition);
  } catch (error) {
    await channel.close();
    throw error;
  }
}
