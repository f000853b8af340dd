import { setTimeout as sleep } from "node:timers/promises";

import { killProcess } from "@ockam/acceptance/processes";
import { describe, expect, test } from "vitest";

import { Deferred } from "./deferred.ts";
import { BytePattern } from "./byte-pattern.ts";
import { Portal, PORTAL_PAIRS } from "./portal.ts";
import { TransferServer } from "./transfer-server.ts";
import { transfer } from "./transfer.ts";

/** How many times each end of each pair is killed: `OCKAM_PEERS_KILLS`, else 50 in all with `OCKAM_PEERS_FULL=1`, else 12. */
const KILLS = Number(process.env["OCKAM_PEERS_KILLS"] ?? (process.env["OCKAM_PEERS_FULL"] === "1" ? 50 : 12));
const LENGTH = 64 * 2 ** 20;
const VICTIMS = ["inlet", "outlet"] as const;

const cases = PORTAL_PAIRS.flatMap((ends) => VICTIMS.map((victim) => ({ ...ends, victim })));

describe.each(cases)(
  "kill -9 of the $victim's node: $inlet inlet, $outlet outlet",
  ({ inlet, outlet, victim }) => {
    const rounds = Math.ceil(KILLS / cases.length);

    test(
      `${rounds} random moments of a transfer never end in wrong data`,
      { timeout: 60_000 + rounds * 60_000 },
      async () => {
        const pattern = new BytePattern();
        await using server = await TransferServer.start(pattern);
        await using portals = new AsyncDisposableStack();
        for (let round = 0; round < rounds; round++) {
          const portal = portals.use(await Portal.open({ inlet, outlet }, server.port));
          const moment = Math.random() * 2 * LENGTH;
          const killed = new Deferred<void>();
          let triggered = false;
          const onProgress = (bytes: number): void => {
            if (triggered || bytes < moment) return;
            triggered = true;
            killed.resolve(killProcess(portal[victim].pid));
          };

          const result = await transfer(portal.port, "both", LENGTH, pattern, { stall: 4_000, onProgress });
          await killed.promise;
          const context = `moment ${Math.round(moment)}, ${JSON.stringify({ ...result, error: result.error?.message })}`;
          expect(result.intact, context).toBe(true);
          // The system closes the sockets of a dead process, and may do it cleanly: only the survivor can tell the truth.
          if (victim === "outlet") expect(result.outcome, context).not.toBe("ended");
        }

        // Our outlet gives a lost connection half a minute to come back; a Rust outlet keeps the backend's for good.
        if (victim === "inlet" && outlet === "typescript") {
          while (server.connections > 0) await sleep(100);
          for (const end of server.ends) expect(end).not.toMatchObject({ clean: true, complete: false });
        }
        for (const end of server.ends) expect(end.intact).toBe(true);
      },
    );
  },
);
