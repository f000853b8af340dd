import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { killProcess, PEERS_RUN, processesWith } from "@ockam/peers";

/** Runs `work`. No process and no home that it started survives it, also when it fails or is interrupted. */
export async function leavingNothing(work: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ockam-bench-"));
  process.env[PEERS_RUN] = folder;
  const cleanUp = async (): Promise<void> => {
    await Promise.all(processesWith(PEERS_RUN, folder).map(killProcess));
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void cleanUp().then(() => process.exit(1)));
  }
  try {
    await work();
  } finally {
    await cleanUp();
  }
}
