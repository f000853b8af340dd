// A message in flight inside a node. docs/protocol/routing.md, "Messages".
import { concatBytes } from "@ockam/codec";

import type { Address } from "./address.ts";
import type { Route } from "./route.ts";

/**
 * What this node itself knows about a message, such as who sent it. It never crosses a connection: a message that was
 * read from one starts without any.
 */
export interface LocalInfo {
  readonly type: string;
  readonly data: Uint8Array;
}

/**
 * Type of the local information that a secure channel adds to each message it decrypts: the identifier of the peer, a
 * CBOR byte string of 32 bytes (`58 20` and the bytes).
 */
export const SECURE_CHANNEL_IDENTIFIER = "SECURE_CHANNEL_IDENTIFIER";

const NO_LOCAL_INFO: readonly LocalInfo[] = [];

/**
 * Where a message goes, how an answer comes back, and what it says. Immutable, apart from {@link source}. The payload
 * is a list of pieces that nobody joins on the way (docs/decisions/002-gather-lists.md); they must not be changed.
 */
export class Message {
  /** The addresses still to pass. On delivery the first one is the receiving worker's own. */
  readonly onwardRoute: Route;
  /** The way back: the onward route of an answer. */
  readonly returnRoute: Route;
  readonly localInfo: readonly LocalInfo[];
  /** The payload, cut anywhere. */
  readonly pieces: readonly Uint8Array[];
  /** The mailbox address that it was sent from. The router sets it; what a sender writes here has no effect. */
  source: Address | undefined;
  #payload: Uint8Array | undefined;

  constructor(
    onwardRoute: Route,
    returnRoute: Route,
    payload: Uint8Array | readonly Uint8Array[],
    localInfo: readonly LocalInfo[] = NO_LOCAL_INFO,
  ) {
    this.onwardRoute = onwardRoute;
    this.returnRoute = returnRoute;
    this.localInfo = localInfo;
    this.pieces = payload instanceof Uint8Array ? [payload] : payload;
    this.source = undefined;
    this.#payload = undefined;
  }

  /** The payload as one: joined on first use when it has several pieces. */
  get payload(): Uint8Array {
    this.#payload ??= this.pieces.length === 1 ? this.pieces[0]! : concatBytes(...this.pieces);
    return this.#payload;
  }

  /** The number of bytes of the payload. */
  get payloadLength(): number {
    let length = 0;
    for (const piece of this.pieces) length += piece.length;
    return length;
  }

  /** The data of the local information of that type, if there is any. */
  localInfoOf(type: string): Uint8Array | undefined {
    for (const info of this.localInfo) if (info.type === type) return info.data;
    return undefined;
  }

  /** The same payload and local information on other routes. */
  rerouted(onwardRoute: Route, returnRoute: Route): Message {
    return new Message(onwardRoute, returnRoute, this.pieces, this.localInfo);
  }
}
