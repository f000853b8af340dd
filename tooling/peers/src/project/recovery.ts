import { setTimeout as sleep } from "node:timers/promises";

import { Deferred } from "../deferred.ts";
import type { TransferResult } from "../transfer.ts";

/**
 * How long it takes until a new connection works: every 200 ms one is begun, and the first that carries all its bytes
 * counts. In milliseconds from now; undefined when none does within `limit`.
 */
export async function untilConnected(
  attempt: () => Promise<TransferResult>,
  limit: number,
): Promise<number | undefined> {
  const start = performance.now();
  const { promise, resolve } = new Deferred<number | undefined>();
  const attempts: Promise<void>[] = [];
  const begin = async (): Promise<void> => {
    const { outcome, intact } = await attempt();
    if (outcome === "complete" && intact) resolve(performance.now() - start);
  };
  while (performance.now() - start < limit) {
    attempts.push(begin());
    const isConnected = await Promise.race([sleep(200, false), promise.then(() => true)]);
    if (isConnected) break;
  }
  void Promise.all(attempts).then(() => resolve(undefined));
  return promise;
}
