import type { Route, Router } from "@ockam/core-routing";
import { confirmChannel } from "./confirm-channel.ts";
import { Initiator } from "./initiator.ts";
import type { SecureChannel, SecureChannelOptions } from "./secure-channel.ts";

/** How long an initiator waits for its channel unless told otherwise, in milliseconds. */
export const SECURE_CHANNEL_TIMEOUT = 120_000;

/** How to open a channel. */
export interface CreateSecureChannelOptions extends SecureChannelOptions {
  /** Milliseconds for the handshake and the confirmation together, {@link SECURE_CHANNEL_TIMEOUT} by default. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /**
   * Whether to ping the peer's `echo` worker before the channel counts as open. A responder that refuses the
   * initiator says nothing, so the ping is how an initiator learns it. True by default, except on
   * key-exchange-only channels; say false towards a peer that offers no `echo` worker through its channels.
   */
  readonly confirm?: boolean;
}

/**
 * Opens a secure channel to the listener at the end of `route`.
 * @throws OckamError OCKAM_SECURE_CHANNEL_TIMEOUT when the peer does not answer;
 * OCKAM_SECURE_CHANNEL_PEER_NOT_TRUSTED and OCKAM_SECURE_CHANNEL_PEER_MISBEHAVED when it is not accepted here;
 * OCKAM_SECURE_CHANNEL_REFUSED when it seems not to accept this identity; OCKAM_ROUTING_UNKNOWN_ADDRESS when the
 * route begins nowhere; the signal's reason when that fires. Whatever it throws, nothing is left behind.
 */
export async function createSecureChannel(
  router: Router,
  route: Route,
  options: CreateSecureChannelOptions,
): Promise<SecureChannel> {
  const timeout = options.timeout ?? SECURE_CHANNEL_TIMEOUT;
  if (!(timeout > 0))
    throw new RangeError(`"timeout" expected a positive number of milliseconds, got ${timeout}`);
  const deadline = performance.now() + timeout;
  options.signal?.throwIfAborted();
  const channel = await new Initiator(router, route, options).run(timeout, options.signal);
  if (options.keyExchangeOnly === true || options.confirm === false) return channel;
  await confirmChannel(channel, deadline - performance.now(), options.signal);
  return channel;
}
