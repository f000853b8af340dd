import { isOckamError } from "@ockam/codec";
import { channelError } from "./channel-error.ts";
import type { SecureChannel } from "./secure-channel.ts";

/** How long the first ping of a new channel is waited for, in milliseconds; each further one twice as long. */
export const CONFIRM_INTERVAL = 1_000;
/** How long the peer has in all to answer, in milliseconds, unless the channel's own timeout ends before. */
export const CONFIRM_TIMEOUT = 10_000;

/**
 * Makes sure that the peer accepted a new channel, and closes the channel otherwise.
 * @param remaining what is left of the time to open the channel, in milliseconds.
 * @throws OckamError OCKAM_SECURE_CHANNEL_REFUSED, or the signal's reason.
 */
export async function confirmChannel(
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
