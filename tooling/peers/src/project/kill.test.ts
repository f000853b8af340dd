import { setTimeout as sleep } from "node:timers/promises";

import { expect, test } from "vitest";

import { BytePattern } from "../byte-pattern.ts";
import { databaseFaults } from "../database-check.ts";
import { TransferServer } from "../transfer-server.ts";
import { transfer } from "../transfer.ts";
import { untilConnected } from "./recovery.ts";
import { SelfHostedProject } from "./self-hosted-project.ts";

/** How many times a process is killed: `OCKAM_PEERS_KILLS`, else 200 with `OCKAM_PEERS_FULL=1`, else 20. */
const KILLS = Number(
  process.env["OCKAM_PEERS_KILLS"] ?? (process.env["OCKAM_PEERS_FULL"] === "1" ? 200 : 20),
);
/** Milliseconds after which new connections work. */
const RECOVERY = 5000;
const LENGTH = 16 * 2 ** 20;
const VICTIMS = ["authority", "relay", "service", "client"] as const;

test(
  `${KILLS} times kill -9 of any of the four processes under traffic`,
  { timeout: 60_000 + KILLS * 30_000 },
  async () => {
    const pattern = new BytePattern();
    await using backend = await TransferServer.start(pattern);
    await using project = await SelfHostedProject.start({ authority: "typescript", relay: "typescript" });
    const service = await project.service("typescript", { backend: backend.port });
    const { role: client, port } = await project.client("typescript");
    const roles = { authority: project.authority, relay: project.relay, service, client };
    const times: number[] = [];

    for (let round = 0; round < KILLS; round++) {
      const victim = VICTIMS[Math.floor(Math.random() * VICTIMS.length)]!;
      const served = backend.ends.length;
      const traffic = [1, 2].map(() => transfer(port, "both", LENGTH, pattern, { stall: 6000 }));
      await sleep(Math.random() * 400);
      await roles[victim].kill();
      expect(databaseFaults(roles[victim].home.path), victim).toEqual([]);
      await sleep(Math.random() * 300);
      await roles[victim].restart();
      const time = await untilConnected(
        () => transfer(port, "both", 10_000, pattern, { stall: 3000 }),
        RECOVERY,
      );
      const context = `round ${round}, ${victim} killed`;
      expect(time, context).toBeLessThan(RECOVERY);
      times.push(time!);

      for (const { error: _, ...result } of await Promise.all(traffic)) {
        expect(result, context).toMatchObject({ intact: true });
        if (victim === "authority") expect(result, context).toMatchObject({ outcome: "complete" });
        // The system closes the sockets of a dead process, and may do it cleanly: only a survivor can tell the truth.
        if (victim !== "client") expect(result, context).not.toMatchObject({ outcome: "ended" });
      }
      for (const end of backend.ends.slice(served)) {
        expect(end, context).toMatchObject({ intact: true });
        if (victim !== "service") expect(end, context).not.toMatchObject({ clean: true, complete: false });
      }
    }
    const sorted = times.toSorted((a, b) => a - b);
    console.log(
      `new connections after ${KILLS} kills: median ${Math.round(sorted[KILLS >> 1]!)} ms, longest ${Math.round(sorted.at(-1)!)} ms`,
    );
  },
);
