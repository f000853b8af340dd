// One message out, one message back.
import { OckamError } from "@ockam/codec";

import { toAddresses } from "./access-control.ts";
import { deferred } from "./deferred.ts";
import type { Message } from "./message.ts";
import type { Route } from "./route.ts";
import type { Router } from "./router.ts";

/** How long a request waits for its answer unless told otherwise, in milliseconds. */
export const REQUEST_TIMEOUT = 30_000;

/** The longest timeout in milliseconds, some 24 days: what a timer can count. */
export const MAX_REQUEST_TIMEOUT = 2_147_483_647;

/** Options of a request. */
export interface RequestOptions {
  /** In milliseconds, {@link REQUEST_TIMEOUT} by default; what is longer than {@link MAX_REQUEST_TIMEOUT} counts as that. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** {@link Router.request}, as a function of the router. */
export async function request(
  router: Router,
  route: Route,
  payload: Uint8Array | readonly Uint8Array[],
  options: RequestOptions,
): Promise<Message> {
  const { signal, timeout = REQUEST_TIMEOUT } = options;
  if (!(timeout >= 0)) throw new RangeError(`"timeout" expected milliseconds, got ${timeout}`);
  signal?.throwIfAborted();
  const first = route[0];
  const { promise, resolve, reject } = deferred<Message>();
  let done = false;
  const context = router.start(
    {
      handleMessage: resolve,
      shutdown: () => {
        if (done) return;
        reject(new OckamError("OCKAM_ROUTING_CLOSED", "the router was closed before an answer came"));
      },
    },
    { mailbox: { outgoing: toAddresses(...route.slice(0, 1)) } },
  );
  if (first !== undefined) router.flowControls.linkConsumer(context.address, first);
  const onAbort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(
    () => {
      reject(
        new OckamError(
          "OCKAM_ROUTING_TIMEOUT",
          `no answer came within ${timeout} ms; check that the peer is running`,
        ),
      );
    },
    Math.min(timeout, MAX_REQUEST_TIMEOUT),
  );
  try {
    try {
      const wait = context.send(route, payload);
      // The answer may be there before the send is done.
      wait?.catch(reject);
    } catch (error) {
      reject(error);
    }
    return await promise;
  } finally {
    done = true;
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    await context.stop();
  }
}
