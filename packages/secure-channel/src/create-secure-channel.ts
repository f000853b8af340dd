import { isOckamError } from "@ockam/codec";
import type { Route, Router } from "@ockam/core-routing";
import { channelError } from "./channel-error.ts";
import { Initiator } from "./initiator.ts";
import type { SecureChannel, SecureChannelOptions } from "./secure-channel.ts";

/** How long an initiator waits for its channel unless told otherwise, in milliseconds. */
export const SECURE_CHANNEL_TIMEOUT = 120_000;

/** How long the first ping of a new channel is waited for, in milliseconds; each further one twice as long. */
export const CONFIRM_INTERVAL = 1_000;
/** How long the peer has in all to answer, in milliseconds, unless the channel's own timeout ends before. */
export const CONFIRM_TIMEOUT = 10_000;

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

/**
 * Makes sure that the peer accepted a new channel, and closes the channel otherwise.
 * @param remaining what is left of the time to open the channel, in milliseconds.
 * @throws OckamError OCKAM_SECURE_CHANNEL_REFUSED, or the signal's reason.
 */
async function confirmChannel(
  channel: SecureChannel,
  remaining: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + Math.min(remaining, CONFIRM_TIMEOUT);
  try {
    await pingUntil(channel, deadline, signal);
  } catch (error) {
    await channel.close();
    throw error;
  }
}

async function pingUntil(
  channel: SecureChannel,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let interval = CONFIRM_INTERVAL; ; interval *= 2) {
    const timeout = Math.max(Math.min(interval, deadline - performance.now()), 1);
    try {
      await channel.ping({ timeout, ...(signal === undefined ? {} : { signal }) });
      return;
    } catch (cause) {
      signal?.throwIfAborted();
      if (!isOckamError(cause, "OCKAM_ROUTING_TIMEOUT")) throw cause;
      if (performance.now() < deadline) continue;
      throw channelError(
        "REFUSED",
        `${channel.peer.toString()} took part in the handshake but does not answer through the channel: it refuses this ` +
          "identity, so let its trust policy accept it, or it has no echo worker for channels, so turn `confirm` off",
        { cause, details: { peer: channel.peer.toString() } },
      );
    }
  }
}
