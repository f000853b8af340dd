import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { nodeError } from "../node-error.ts";

/** Only the owner may look into the folders of the state. */
export const FOLDER_MODE = 0o700;
/** Only the owner may read the files of the state. */
export const FILE_MODE = 0o600;

/** The state folder as an absolute path: `home`, else `OCKAM_HOME`, else `~/.ockam`. Nothing is created. */
export function homeFolder(home: string | undefined = process.env["OCKAM_HOME"]): string {
  return home === undefined || home === "" ? join(homedir(), ".ockam") : resolve(home);
}

/** Where the log files of a background node are. */
export function nodeFolder(home: string, name: string): string {
  return join(home, "nodes", name);
}

/**
 * Creates the state folder. One that is there already is closed to others only while it is empty: what else is in it
 * is not ours to lock away.
 * @throws OckamError OCKAM_NODE_STATE_UNAVAILABLE
 */
export function makeStateFolder(home: string): void {
  try {
    makeFolders(home);
    if (readdirSync(home).length === 0) chmodSync(home, FOLDER_MODE);
  } catch (error) {
    throw stateUnavailable(home, error);
  }
}

/** The error for a state folder or file that the system does not let us use. */
export function stateUnavailable(path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return nodeError(
    "STATE_UNAVAILABLE",
    `${path} cannot be used (${reason}); set OCKAM_HOME to a folder, and give paths, that you may write to`,
    { cause },
  );
}

/** Creates a folder that only its owner may enter; one that is there already is closed to others. */
export function makePrivateFolder(path: string): void {
  makeFolders(path);
  chmodSync(path, FOLDER_MODE);
}

/** Removes {@link nodeFolder} with everything in it. */
export function removeNodeFolder(home: string, name: string): void {
  rmSync(nodeFolder(home, name), { recursive: true, force: true });
}

/** As `mkdirSync` with `recursive`, which never returns where nothing can be made, such as below `/proc`. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: FOLDER_MODE });
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(path)) throw error;
  }
}
