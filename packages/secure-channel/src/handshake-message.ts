import type { Message, Route } from "@ockam/core-routing";
import { channelError } from "./channel-error.ts";
import { MAX_HANDSHAKE_MESSAGE_LENGTH } from "./handshake-state.ts";

/**
 * The bytes of what may be a handshake message, measured before its pieces are joined.
 * @throws OckamError OCKAM_SECURE_CHANNEL_INVALID_MESSAGE when it is too long.
 */
export function expectHandshakeMessage(message: Message): Uint8Array {
  if (message.payloadLength > MAX_HANDSHAKE_MESSAGE_LENGTH) {
    throw channelError(
      "INVALID_MESSAGE",
      `a handshake message exceeds ${MAX_HANDSHAKE_MESSAGE_LENGTH} bytes`,
    );
  }
  return message.payload;
}

/**
 * The way back to the sender of the first or second message, whose last hop is the sender's decryptor.
 * @throws OckamError OCKAM_SECURE_CHANNEL_INVALID_MESSAGE when there is none.
 */
export function expectReturnRoute(message: Message): Route {
  if (message.returnRoute.length > 0) return message.returnRoute;
  throw channelError("INVALID_MESSAGE", "a handshake message has no return route");
}
