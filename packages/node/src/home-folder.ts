import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

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

/** Creates a folder that only its owner may enter; one that is there already is closed to others. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  chmodSync(path, FOLDER_MODE);
}

/** Removes {@link nodeFolder} with everything in it. */
export function removeNodeFolder(home: string, name: string): void {
  rmSync(nodeFolder(home, name), { recursive: true, force: true });
}
