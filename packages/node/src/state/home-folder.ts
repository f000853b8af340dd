import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";

import { nodeError } from "../node-error.ts";
import type { Platform } from "../platform/platform.ts";

/** Only the owner may look into the folders of the state. */
export const FOLDER_MODE = 0o700;
/** Only the owner may read the files of the state. */
export const FILE_MODE = 0o600;

/** What the system answers where it cannot give a file a second name. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  "EXDEV",
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
]);

/** Neither the disk nor the user's share of it has room. */
const NO_ROOM: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT"]);

/**
 * How often the removal of a folder is tried again where open files cannot be removed: the system closes those of a
 * process that was ended a moment after its end.
 */
export const REMOVAL_RETRIES = 5;

/**
 * The state folder as an absolute path: `home`, else `OCKAM_HOME`, else `~/.ockam`. Nothing is created.
 * @throws OckamError OCKAM_NODE_STATE_UNAVAILABLE when the user has no home
 */
export function homeFolder(home: string | undefined = process.env["OCKAM_HOME"]): string {
  return home === undefined || home === "" ? join(userFolder(), ".ockam") : resolve(home);
}

/** `HOME` may be empty, or be none: then what the system knows of the user counts. */
function userFolder(): string {
  try {
    const named = homedir();
    return isAbsolute(named) ? named : userInfo().homedir;
  } catch (cause) {
    throw nodeError(
      "STATE_UNAVAILABLE",
      "this user has no home folder: set HOME, or OCKAM_HOME to a folder for the state",
      { cause },
    );
  }
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
export function makeStateFolder(home: string, platform: Platform): void {
  try {
    makeFolders(home);
    if (readdirSync(home).length === 0) platform.closeFolder(home);
  } catch (error) {
    throw stateUnavailable(home, error);
  }
}

/**
 * The error for a state folder or file that the system does not let us use; `obstacle` is what it says when `cause` does
 * not tell. `OCKAM_NODE_DISK_FULL` when there is no room.
 */
export function stateUnavailable(path: string, cause: unknown, obstacle: unknown = cause): Error {
  if (NO_ROOM.has(errnoOf(obstacle))) return diskFull(path, cause);
  const reason = obstacle instanceof Error ? obstacle.message : String(obstacle);
  return nodeError(
    "STATE_UNAVAILABLE",
    `${path} cannot be used (${reason}); set OCKAM_HOME to a folder, and give paths, that you may write to`,
    { cause },
  );
}

/** What the system has against our writing to a file or beside it: SQLite, and the removal of files, do not pass that on. */
export function obstacleTo(path: string): Error | undefined {
  try {
    for (const needed of [dirname(path), path]) accessSync(needed, constants.W_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : undefined;
  }
}

/** The error for a state folder or file that there is no room for. */
export function diskFull(path: string, cause: unknown): Error {
  return nodeError(
    "DISK_FULL",
    `${path} cannot be written: there is no room left on its disk. What was there is intact; make room and try again`,
    { cause },
  );
}

/** What the system calls the failure of a call on a file, such as `EACCES`; undefined for other errors. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/**
 * Makes the file at `path` the one at `name`, too, where nothing may be: all of it at once, and for good when it
 * returns. Another file system, or one without hard links, gets a copy.
 * @throws what the system says, `EEXIST` when something is there
 */
export function giveName(path: string, name: string): void {
  try {
    linkSync(path, name);
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error))) throw error;
    copyFileSync(path, name, constants.COPYFILE_EXCL);
    sync(name, "r+");
  }
  sync(dirname(name), "r");
}

/** Until it would survive a power failure. */
function sync(path: string, flags: "r" | "r+"): void {
  let opened: number;
  try {
    opened = openSync(path, flags);
  } catch {
    // What holds a folder cannot always be opened.
    return;
  }
  try {
    fsyncSync(opened);
  } catch (error) {
    // Windows does this for folders by itself, and for nobody else.
    if (errnoOf(error) !== "EPERM") throw error;
  } finally {
    closeSync(opened);
  }
}

/** Creates a folder that only its owner may enter; one that is there already is closed to others. */
export function makePrivateFolder(path: string): void {
  makeFolders(path);
  chmodSync(path, FOLDER_MODE);
}

/** Removes {@link nodeFolder} with everything in it. */
export function removeNodeFolder(home: string, name: string): void {
  rmSync(nodeFolder(home, name), { recursive: true, force: true, maxRetries: REMOVAL_RETRIES });
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
