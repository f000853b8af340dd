// A worker's place in a router.
import { OckamError } from "@ockam/codec";

import type { Address } from "./address.ts";
import { Message } from "./message.ts";
import type { Route } from "./route.ts";
import type { Router } from "./router.ts";
import type { Context, SendOptions } from "./worker.ts";

/** The {@link Context} that a router makes for each worker. */
export class WorkerContext implements Context {
  readonly router: Router;
  readonly address: Address;
  /** Set by the router. */
  stopped = false;
  readonly #owned: ReadonlySet<string>;

  constructor(router: Router, address: Address, owned: ReadonlySet<string>) {
    this.router = router;
    this.address = address;
    this.#owned = owned;
  }

  send(
    onwardRoute: Route,
    payload: Uint8Array | readonly Uint8Array[],
    options: SendOptions = {},
  ): void | Promise<void> {
    const from = options.from ?? this.address;
    return this.forward(
      new Message(onwardRoute, options.returnRoute ?? [from], payload, options.localInfo),
      options,
    );
  }

  forward(message: Message, options: { readonly from?: Address } = {}): void | Promise<void> {
    const from = options.from ?? this.address;
    if (from !== this.address && !this.#owned.has(from.key)) {
      throw new OckamError(
        "OCKAM_ROUTING_UNKNOWN_SOURCE",
        `the worker at ${String(this.address)} does not have ${String(from)}`,
      );
    }
    // Whoever has the address of a stopped worker now is somebody else, with other checks.
    if (this.stopped && this.router.has(from)) {
      throw new OckamError(
        "OCKAM_ROUTING_UNKNOWN_SOURCE",
        `the worker was stopped, and another one is at ${String(from)}`,
      );
    }
    return this.router.send(from, message);
  }

  reply(message: Message, payload: Uint8Array | readonly Uint8Array[]): void | Promise<void> {
    return this.send(message.returnRoute, payload);
  }

  async stop(): Promise<void> {
    if (!this.stopped) await this.router.stop(this.address);
  }
}
