import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { isOckamError } from "@ockam/codec";

import { homeFolder } from "./home-folder.ts";
import { APPLICATION_DATABASE_FILE, DATABASE_FILE, openState } from "./sqlite-state.ts";
import { stopNode } from "./stop-node.ts";

/** What a reset leaves: the installer's things, and the application's database. */
const KEPT: ReadonlySet<string> = new Set([APPLICATION_DATABASE_FILE, "bin", "env"]);

/**
 * Stops all nodes of a state folder and deletes what is in it, but for `application_database.sqlite3`, `bin` and
 * `env`; also when the database is damaged: then no node can be found to be stopped. Vault files elsewhere stay.
 * @throws OckamError OCKAM_NODE_STATE_FOREIGN when the folder is another program's: nothing is deleted
 */
export async function resetState(options: { readonly home?: string } = {}): Promise<void> {
  const home = homeFolder(options.home);
  if (!existsSync(home)) return;
  if (existsSync(join(home, DATABASE_FILE))) await stopAllNodes(home);
  for (const entry of readdirSync(home)) {
    if (!KEPT.has(entry)) rmSync(join(home, entry), { recursive: true, force: true });
  }
}

async function stopAllNodes(home: string): Promise<void> {
  try {
    using state = openState({ home });
    await Promise.all(state.nodes.list().map(({ name }) => stopNode({ state, name })));
  } catch (error) {
    if (!isOckamError(error, "OCKAM_NODE_STATE_DAMAGED")) throw error;
  }
}
