import { CborWriter, equalBytes } from "@ockam/codec";
import { Address } from "@ockam/core-routing";
import type { Router } from "@ockam/core-routing";
import { channelError } from "./channel-error.ts";
import type { PingOptions } from "./secure-channel.ts";

const ECHO = Address.local("echo");

/** How long a ping waits unless told otherwise, in milliseconds. */
export const PING_TIMEOUT = 30_000;

/** Sends a random number through the channel at `encryptor`, and says how many milliseconds it took to return. */
export async function pingThrough(
  router: Router,
  encryptor: Address,
  options: PingOptions = {},
): Promise<number> {
  const random = new BigUint64Array(1);
  globalThis.crypto.getRandomValues(random);
  const payload = new CborWriter(9).uint(random[0]!).finish();
  const start = performance.now();
  const pong = await router.request([encryptor, options.echo ?? ECHO], payload, {
    timeout: options.timeout ?? PING_TIMEOUT,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (!equalBytes(pong.payload, payload)) {
    throw channelError("PEER_MISBEHAVED", "the peer's echo worker returned something else than it was sent");
  }
  return performance.now() - start;
}
