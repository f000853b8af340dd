import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { isOckamError } from "@ockam/codec";

import { homeFolder, REMOVAL_RETRIES } from "../state/home-folder.ts";
import { APPLICATION_DATABASE_FILE, DATABASE_FILE, openState } from "../state/sqlite-state.ts";
import { stopNode } from "./stop-node.ts";

/** What of a state folder is ours and goes with a reset: all but the application's database. */
const OURS = /^(?:database\.sqlite3-(?:wal|shm|journal)|vault-.*|nodes|run)$/;

/**
 * Stops all nodes of a state folder and deletes what they and the commands made in it: the database, vaults, nodes and
 * sockets; also when the database is damaged: then no node can be found to be stopped. Everything else in the folder
 * stays, since it may be a folder that has other things in it, too; so do `application_database.sqlite3` and vault files
 * elsewhere.
 * @throws OckamError OCKAM_NODE_STATE_FOREIGN when the folder is another program's: nothing is deleted
 */
export async function resetState(options: { readonly home?: string } = {}): Promise<void> {
  const home = homeFolder(options.home);
  const database = join(home, DATABASE_FILE);
  if (![database, join(home, APPLICATION_DATABASE_FILE)].some((path) => existsSync(path))) return;
  const vaults = existsSync(database) ? await stopAllNodes(home) : [];
  const ours = readdirSync(home).filter((entry) => OURS.test(entry));
  // The database last: it says that the folder is ours, should this be cut short.
  for (const path of [...vaults, ...ours.map((name) => join(home, name)), database])
    rmSync(path, { recursive: true, force: true, maxRetries: REMOVAL_RETRIES });
}

/** Returns the files of vaults that were given a name of their own in the folder. */
async function stopAllNodes(home: string): Promise<readonly string[]> {
  try {
    using state = openState({ home });
    await Promise.all(state.nodes.list().map(({ name }) => stopNode({ state, name })));
    const paths = state.vaults.list().flatMap(({ path }) => (path === undefined ? [] : [path]));
    return paths
      .filter((path) => dirname(path) === home)
      .flatMap((path) => [path, `${path}-wal`, `${path}-shm`]);
  } catch (error) {
    if (!isOckamError(error, "OCKAM_NODE_STATE_DAMAGED")) throw error;
    return [];
  }
}
