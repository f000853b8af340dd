import { CborWriter, equalBytes, toHex } from "@ockam/codec";
import { Address } from "@ockam/core-routing";
import type { Router } from "@ockam/core-routing";
import { channelError } from "./channel-error.ts";
import type { PingOptions } from "./secure-channel.ts";

const ECHO = Address.local("echo");

/** How much of a wrong reply an error shows, in bytes: enough to tell that it is one of another kind. */
const MAX_SHOWN_REPLY = 32;

/** How long a ping waits unless told otherwise, in milliseconds. */
export const PING_TIMEOUT = 30_000;

/** The pings of one channel that are under way. */
export class Pings {
  readonly #router: Router;
  readonly #encryptor: Address;
  readonly #waiting = new Set<AbortController>();

  constructor(router: Router, encryptor: Address) {
    this.#router = router;
    this.#encryptor = encryptor;
  }

  /** Sends a random number through the channel, and says how many milliseconds it took to return. */
  async send(options: PingOptions): Promise<number> {
    const random = globalThis.crypto.getRandomValues(new BigUint64Array(1));
    const payload = new CborWriter(9).uint(random[0]!).finish();
    const controller = new AbortController();
    this.#waiting.add(controller);
    const start = performance.now();
    let reply: Uint8Array;
    try {
      const pong = await this.#router.request([this.#encryptor, options.echo ?? ECHO], payload, {
        timeout: options.timeout ?? PING_TIMEOUT,
        signal: AbortSignal.any([
          controller.signal,
          ...(options.signal === undefined ? [] : [options.signal]),
        ]),
      });
      if (equalBytes(pong.payload, payload)) return performance.now() - start;
      reply = pong.payload.subarray(0, MAX_SHOWN_REPLY);
    } finally {
      this.#waiting.delete(controller);
    }
    throw channelError("PEER_MISBEHAVED", "the peer's echo worker returned something else than it was sent", {
      details: { reply: toHex(reply) },
    });
  }

  /** Ends all pings that still wait; `reason` is called when there are any. */
  abort(reason: () => Error): void {
    for (const controller of this.#waiting) controller.abort(reason());
  }
}
