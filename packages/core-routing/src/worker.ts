// What a worker is, and what it is given. docs/protocol/routing.md, "Workers".
import type { AccessControl } from "./access-control.ts";
import type { Address } from "./address.ts";
import type { LocalInfo, Message } from "./message.ts";
import type { Route } from "./route.ts";
import type { Router } from "./router.ts";

/**
 * Something that receives messages at an address. It handles one message at a time, in the order of their arrival: the
 * next one waits until the promise that {@link handleMessage} returned is settled, unless it is {@link concurrent}.
 */
export interface Worker {
  /**
   * Handles one message. Returning the promise of a send passes back-pressure on. What it throws is logged; the next
   * message is handled all the same, and the sender is not told.
   */
  handleMessage(message: Message, context: Context): void | Promise<void>;
  /**
   * For a worker that many share and that remembers nothing: messages are handled as they come, without waiting for one
   * another, and what {@link handleMessage} returns is waited for by the sender of that message alone. Otherwise somebody
   * who does not take an answer would keep everybody else waiting. False by default.
   */
  readonly concurrent?: boolean;
  /** Called once, before any message; messages wait until it is done. When it fails the worker is stopped. */
  initialize?(context: Context): void | Promise<void>;
  /**
   * Called once, when the worker stops: its addresses are free already, waiting messages are dropped, and last ones may
   * be sent. A message that is being handled may still be under way; ending what it waits for is this method's task.
   */
  shutdown?(context: Context): void | Promise<void>;
}

/** What is known about the far end where a route leaves the node. */
export interface TerminalInfo {
  /** The identifier of the peer of a secure channel, 64 lower-case hexadecimal digits. */
  readonly peerIdentifier?: string;
  /** For the sender of a connection: whether the peer is on this machine. */
  readonly loopback?: boolean;
}

/** An address of a worker, and who may send to and from it: {@link Context.send}, {@link AccessControl}. */
export interface Mailbox {
  readonly address: Address;
  /** Checked when a message is delivered here; all pass by default. */
  readonly incoming?: AccessControl;
  /** Checked when a message is sent from here; all pass by default. */
  readonly outgoing?: AccessControl;
  /** Present where routes leave the node: the sender of a connection, the encryptor of a secure channel. */
  readonly terminal?: TerminalInfo;
}

/** Options of {@link Context.send}. */
export interface SendOptions {
  /** Which of the worker's own addresses to send from; the primary one by default. */
  readonly from?: Address;
  /** Where answers go; the address sent from by default. */
  readonly returnRoute?: Route;
  readonly localInfo?: readonly LocalInfo[];
}

/**
 * A worker's place in a router. Its methods that send throw OckamError OCKAM_ROUTING_UNKNOWN_ADDRESS when nobody is at
 * the next hop, OCKAM_ROUTING_INCOMPLETE_ROUTE for an empty route, OCKAM_ROUTING_UNKNOWN_SOURCE for an address that is
 * not the worker's, or after it was stopped. A promise that they return is back-pressure: the next hop is behind, send
 * more when it resolves. A message that an access control refuses is dropped without an error.
 */
export interface Context {
  readonly router: Router;
  /** The primary address. */
  readonly address: Address;
  readonly stopped: boolean;
  /** Sends a new message. */
  send(
    onwardRoute: Route,
    payload: Uint8Array | readonly Uint8Array[],
    options?: SendOptions,
  ): void | Promise<void>;
  /** Sends exactly this message to the first address of its onward route. */
  forward(message: Message, options?: { readonly from?: Address }): void | Promise<void>;
  /** Answers `message`: along its return route, which is left as it is. */
  reply(message: Message, payload: Uint8Array | readonly Uint8Array[]): void | Promise<void>;
  /** Stops the worker, as {@link Router.stop} does. */
  stop(): Promise<void>;
}
