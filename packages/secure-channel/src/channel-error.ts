import { OckamError } from "@ockam/codec";
import type { ErrorDetails } from "@ockam/codec";

/**
 * What can go wrong with a secure channel, always prefixed by `OCKAM_SECURE_CHANNEL_`:
 *
 * - `INVALID_MESSAGE`: bytes that no honest peer sends, or that were damaged or forged on the way.
 * - `PEER_MISBEHAVED`: an authentic message that breaks the rules, such as a static key that is not attested.
 * - `PEER_NOT_TRUSTED`: the own trust policy refused the peer.
 * - `REFUSED`: the peer never answered through the finished channel, so it most likely refused this identity.
 * - `TIMEOUT`: the handshake did not end in time.
 * - `CLOSED`: the channel was closed, by either side.
 * - `CONNECTION_LOST`: the first hop of the channel's route went away and the route was not moved.
 * - `REPLAYED`, `OUT_OF_WINDOW`: a nonce was seen before, or lies too far from the highest one.
 * - `NONCES_EXHAUSTED`: the channel has sent all the messages it may.
 * - `WRONG_MODE`: an operation that this kind of channel does not offer.
 */
export type SecureChannelErrorName =
  | "INVALID_MESSAGE"
  | "PEER_MISBEHAVED"
  | "PEER_NOT_TRUSTED"
  | "REFUSED"
  | "TIMEOUT"
  | "CLOSED"
  | "CONNECTION_LOST"
  | "REPLAYED"
  | "OUT_OF_WINDOW"
  | "NONCES_EXHAUSTED"
  | "WRONG_MODE";

/** The code of an error of this package. */
export type SecureChannelErrorCode = `OCKAM_SECURE_CHANNEL_${SecureChannelErrorName}`;

/** An {@link OckamError} of this package. */
export function channelError(
  name: SecureChannelErrorName,
  message: string,
  options: { cause?: unknown; details?: ErrorDetails } = {},
): OckamError {
  const code: SecureChannelErrorCode = `OCKAM_SECURE_CHANNEL_${name}`;
  return new OckamError(code, message, options);
}
