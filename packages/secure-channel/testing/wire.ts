import { Address, Message } from "@ockam/core-routing";
import type { Context, Route, RoutedConnection, Router } from "@ockam/core-routing";

/** What a wire makes of a message: what goes on instead of it, in order. */
export type Tamper = (message: Message) => readonly Message[];

const pass: Tamper = (message) => [message];

/**
 * A worker between an initiator and its connection that sees, and may change, all that goes either way: an attacker on
 * the path.
 */
export class Wire {
  /** The way through the wire and the connection. */
  readonly route: Route;
  readonly outbound: Message[] = [];
  readonly inbound: Message[] = [];
  onOutbound: Tamper = pass;
  onInbound: Tamper = pass;
  readonly #context: Context;
  #connection: RoutedConnection;

  constructor(router: Router, connection: RoutedConnection) {
    this.#connection = connection;
    this.#context = router.start((message) => this.#handle(message), { address: Address.random() });
    this.route = [this.#context.address, connection.address];
    router.flowControls.addConsumer(this.#context.address, connection.flowControlId);
    // What comes through the wire counts as coming from the connection.
    router.flowControls.addProducer(this.#context.address, connection.flowControlId);
  }

  /** Uses another connection from now on. */
  switchTo(connection: RoutedConnection): void {
    this.#connection = connection;
    this.#context.router.flowControls.addConsumer(this.#context.address, connection.flowControlId);
  }

  /** Sends a message on, as if it had just arrived. */
  inject(message: Message): void {
    void this.#context.forward(new Message(message.onwardRoute, message.returnRoute, message.pieces));
  }

  #handle(message: Message): void {
    const isInbound = message.source?.equals(this.#connection.receiverAddress) === true;
    const next = new Message(
      isInbound ? message.onwardRoute.slice(1) : [this.#connection.address, ...message.onwardRoute.slice(2)],
      [this.#context.address, ...message.returnRoute],
      message.pieces,
    );
    (isInbound ? this.inbound : this.outbound).push(next);
    for (const one of (isInbound ? this.onInbound : this.onOutbound)(next)) this.inject(one);
  }
}

/** The same message with another payload. */
export function withPayload(message: Message, payload: Uint8Array): Message {
  return new Message(message.onwardRoute, message.returnRoute, payload);
}

/** The same message with one bit of its payload flipped, the last one by default. */
export function damaged(message: Message, offset = message.payloadLength - 1): Message {
  return withPayload(
    message,
    message.payload.map((byte, index) => (index === offset ? byte ^ 1 : byte)),
  );
}
