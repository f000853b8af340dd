// Who sent a message, as far as this node knows it for itself. docs/protocol/portals.md, "Who may reach an outlet".
import { toHex } from "@ockam/codec";
import type { Message, Route, Router } from "@ockam/core-routing";
import { SECURE_CHANNEL_IDENTIFIER } from "@ockam/core-routing";

// CBOR of an identifier: the head of 32 bytes, and those.
const HEAD = [0x58, 0x20] as const;
const LENGTH = 34;

/**
 * The identifier (64 hex digits) behind the secure channel that delivered `message`, or undefined without one: also
 * when what stands there is not the one note that a channel makes.
 */
export function peerIdentifierOf(message: Message): string | undefined {
  let found: Uint8Array | undefined;
  for (const { type, data } of message.localInfo) {
    if (type !== SECURE_CHANNEL_IDENTIFIER) continue;
    if (found !== undefined) return undefined;
    found = data;
  }
  if (found?.length !== LENGTH || found[0] !== HEAD[0] || found[1] !== HEAD[1]) return undefined;
  return toHex(found.subarray(HEAD.length));
}

/** The identifier behind the first hop of `route` that leaves this node, or undefined when none is a secure channel. */
export function peerIdentifierBehind(router: Router, route: Route): string | undefined {
  for (const hop of route) {
    const terminal = router.mailbox(hop)?.terminal;
    if (terminal !== undefined) return terminal.peerIdentifier;
  }
  return undefined;
}

/**
 * Whether a message without a secure channel was certainly sent by a program on this machine. That is so when a worker
 * of this node sent it for itself, or when it came straight from a TCP connection whose other end is on this machine.
 * Whatever a worker of this node forwarded is not: its source is that worker. Nor is what a node at the other end of
 * that connection passed on with its way back, which makes the return route longer; one that came without a way back
 * cannot be told apart (docs/security.md, "Portals").
 */
export function isFromThisMachine(router: Router, message: Message): boolean {
  const { source, returnRoute } = message;
  const first = returnRoute[0];
  if (source === undefined || first === undefined || message.localInfo.length > 0) return false;
  // A worker's own message: it names itself, and nobody else, as the way back.
  if (returnRoute.length === 1) return source.equals(first) && router.mailbox(first)?.terminal === undefined;
  if (returnRoute.length !== 2 || router.mailbox(first)?.terminal?.loopback !== true) return false;
  // The connection's receiver sent it, and the first hop back is the sender of the same connection.
  const connection = router.flowControls.producerOf(first)?.flowControlId;
  return connection !== undefined && router.flowControls.producerOf(source)?.flowControlId === connection;
}
