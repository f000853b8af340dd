// The other end of a portal as Rust has it: Ping, Pong, Payload, Disconnect and nothing else.
import { concatBytes } from "@ockam/codec";
import type { Context, Message, Route, Router } from "@ockam/core-routing";

import { decodePortalMessage } from "../src/portal-message.ts";

/** A worker that records what it gets and sends what the test says. */
export class PlainPeer {
  readonly context: Context;
  /** Every message, raw. */
  readonly raw: Uint8Array[] = [];
  readonly returnRoutes: Route[] = [];
  #arrived: (() => void) | undefined;
  #read = 0;

  /** `address` is random when not given. */
  constructor(router: Router, address?: string) {
    this.context = router.start(
      (message: Message) => {
        this.raw.push(message.payload);
        this.returnRoutes.push(message.returnRoute);
        this.#arrived?.();
      },
      address === undefined ? {} : { address },
    );
  }

  /** The next message that was not returned yet. */
  async next(): Promise<Uint8Array> {
    while (this.#read >= this.raw.length) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.raw[this.#read++]!;
  }

  /** The data of Payloads until they are `length` bytes. */
  async data(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const message = decodePortalMessage([await this.next()]);
      if (message.type !== "payload") throw new Error(`expected a payload, got ${message.type}`);
      parts.push(...message.data);
      missing -= message.length;
    }
    return concatBytes(...parts);
  }

  /** Where the other end's last message came from. */
  get peerRoute(): Route {
    return this.returnRoutes.at(-1)!;
  }

  /** Sends raw bytes to the other end. */
  async send(payload: Uint8Array, route: Route = this.peerRoute): Promise<void> {
    await this.context.send(route, payload);
  }
}
