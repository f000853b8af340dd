import { setTimeout as sleep } from "node:timers/promises";

import { Deferred } from "../deferred.ts";
import type { TransferAgent } from "../transfer-agent.ts";

const LENGTH = 10_000;

/**
 * How long it takes until a new connection works: every 200 ms one is begun, and the first that carries some bytes both
 * ways counts. In milliseconds from now; undefined when none does within `limit`.
 */
export async function untilConnected(
  client: TransferAgent,
  port: number,
  limit: number,
): Promise<number | undefined> {
  const start = performance.now();
  const { promise, resolve } = new Deferred<number | undefined>();
  let done = false;
  const attempts: Promise<void>[] = [];
  while (!done && performance.now() - start < limit) {
    const attempt = client.transfer({ port, mode: "both", length: LENGTH, stall: 5000 });
    attempts.push(
      attempt.then(({ outcome, intact }) => {
        if (outcome !== "complete" || !intact) return;
        done = true;
        resolve(performance.now() - start);
      }),
    );
    await Promise.race([sleep(200), promise]);
  }
  void Promise.all(attempts).then(() => resolve(undefined));
  return promise;
}
