import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { killProcess, processesWith } from "@ockam/acceptance/processes";

import { installOckam } from "./install-ockam.ts";
import { installKafka } from "./kafka/install-kafka.ts";
import { PEERS_RUN } from "./ockam-home.ts";
import { installPostgres } from "./postgres.ts";
import { installShells } from "./terminal/install-shells.ts";
import { installTmux } from "./terminal/install-tmux.ts";

/**
 * Vitest's global set-up: installs the peers that are missing (one that cannot be installed fails the run), and gives
 * the run a folder for its homes, so that nothing survives it, not even of a test that timed out.
 */
export async function setup(): Promise<() => Promise<void>> {
  await installPeers();
  const folder = mkdtempSync(join(tmpdir(), "ockam-peers-"));
  process.env[PEERS_RUN] = folder;
  return async () => {
    await Promise.all(processesWith(PEERS_RUN, folder).map(killProcess));
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Installs the peers that are missing: at once when all are there, within half an hour when none is. */
async function installPeers(): Promise<void> {
  await Promise.all([installOckam(), installPostgres(), installKafka(), installTmux(), installShells()]);
}

if (import.meta.main) {
  try {
    await installPeers();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
