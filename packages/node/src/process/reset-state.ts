import type { Dirent } from "node:fs";
import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { isOckamError } from "@ockam/codec";

import { COMPANIONS } from "../state/database.ts";
import { errnoOf, homeFolder, obstacleTo, REMOVAL_RETRIES, stateUnavailable } from "../state/home-folder.ts";
import { VAULT_SCHEMA } from "../state/schema.ts";
import { APPLICATION_DATABASE_FILE, DATABASE_FILE, openState } from "../state/sqlite-state.ts";
import { isLogFile } from "./log-file.ts";
import { stopNode } from "./stop-node.ts";
import { stopUnknownNodes } from "./stop-unknown-nodes.ts";

/** What a reset deletes, or has deleted: nothing when all lists are empty. */
export interface ResetScope {
  /** The state folder. */
  readonly home: string;
  /** Names of nodes, which are stopped first, of identities, and of vaults. None when the database is damaged. */
  readonly nodes: readonly string[];
  readonly identities: readonly string[];
  readonly vaults: readonly string[];
  /** Absolute paths of files and folders. */
  readonly files: readonly string[];
  /** Files of vaults outside of the state folder: they stay, with the keys that are in them. */
  readonly keptVaultFiles: readonly string[];
}

/** Options of {@link resetState} and {@link resetScope}. */
export interface ResetOptions {
  /** `process.env.OCKAM_HOME`, else `~/.ockam`. */
  readonly home?: string;
}

/** What belongs to the database of a state folder, and to files that were not finished. */
const OURS =
  /^(?:database\.sqlite3-(?:wal|shm|journal)|(?:(?:application_)?database\.sqlite3|vault-.+)-new-[0-9a-f]{8}(?:-wal|-shm|-journal)?)$/;
/** Folders of ours, and what nodes and commands put into them. */
const OUR_FOLDERS: Readonly<Record<string, (entry: Dirent) => boolean>> = {
  nodes: ({ name }) => isLogFile(name),
  run: (entry) => entry.isSocket() || /\.lock(?:-journal)?$/.test(entry.name),
};
/** Where SQLite keeps the `application_id` of a file, https://www.sqlite.org/fileformat2.html#the_database_header */
const APPLICATION_ID_OFFSET = 68;

/**
 * What {@link resetState} would delete now. Changes nothing.
 * @throws OckamError OCKAM_NODE_STATE_FOREIGN, OCKAM_NODE_STATE_TOO_NEW: the folder is not ours to delete
 */
export function resetScope(options: ResetOptions = {}): ResetScope {
  const home = homeFolder(options.home);
  const database = join(home, DATABASE_FILE);
  const entries = entriesOf(home);
  if (![database, join(home, APPLICATION_DATABASE_FILE)].some((path) => existsSync(path)))
    return { home, ...NOTHING, files: [], keptVaultFiles: [] };
  const { vaultFiles: known, ...named } = existsSync(database)
    ? contentOf(home)
    : { ...NOTHING, vaultFiles: [] };
  const files = entries
    .filter(
      (entry) =>
        (entry.isFile() && OURS.test(entry.name)) ||
        (entry.isFile() && entry.name.startsWith("vault-") && isVault(join(home, entry.name))),
    )
    .map(({ name }) => join(home, name));
  const inFolders = entries
    .filter(({ name }) => Object.hasOwn(OUR_FOLDERS, name))
    .flatMap((entry) => oursOf(entry, OUR_FOLDERS[entry.name]!).paths);
  const inside = known.filter((path) => dirname(path) === home);
  const vaultFiles = [...files.filter(isVault), ...inside].flatMap((path) => [
    path,
    ...COMPANIONS.map((suffix) => path + suffix),
  ]);
  return {
    home,
    ...named,
    // The database last: it says that the folder is ours, should this be cut short.
    files: [...new Set([...vaultFiles, ...files, ...inFolders, database])].filter((path) => existsSync(path)),
    keptVaultFiles: known.filter((path) => dirname(path) !== home),
  };
}

/**
 * Stops all nodes of a state folder and deletes what they and the commands made in it: the database, vaults, logs of
 * nodes and sockets; also when the database is damaged: then nodes are found by their sockets. Everything else in the
 * folder stays, since it may be a folder that has other things in it, too; so do `application_database.sqlite3` and vault
 * files elsewhere. A symbolic link is deleted, not what it leads to.
 * @throws OckamError OCKAM_NODE_STATE_FOREIGN, OCKAM_NODE_STATE_TOO_NEW when the folder is another program's: nothing is
 * deleted; OCKAM_NODE_STATE_UNAVAILABLE
 */
export async function resetState(options: ResetOptions = {}): Promise<ResetScope> {
  const { home } = resetScope(options);
  if (existsSync(join(home, DATABASE_FILE))) await stopAllNodes(home);
  // Afterwards: nodes take things with them when they end.
  const scope = resetScope(options);
  for (const path of scope.files) {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: REMOVAL_RETRIES });
    } catch (error) {
      throw stateUnavailable(path, error, obstacleTo(path));
    }
  }
  return scope;
}

/** None when there is no such folder. */
function entriesOf(home: string): readonly Dirent[] {
  try {
    return readdirSync(home, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw stateUnavailable(home, error);
  }
}

interface Ours {
  readonly paths: readonly string[];
  /** Whether nothing else is there. */
  readonly isAll: boolean;
}

/** What is ours of a folder's entry: a folder whole when all in it is, links, and what `isOurs` says of files. */
function oursOf(entry: Dirent, isOurs: (entry: Dirent) => boolean): Ours {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isDirectory()) {
    const isAll = entry.isSymbolicLink() || isOurs(entry);
    return { paths: isAll ? [path] : [], isAll };
  }
  const parts = entriesOf(path).map((part) => oursOf(part, isOurs));
  const isAll = parts.every((part) => part.isAll);
  return { paths: isAll ? [path] : parts.flatMap(({ paths }) => paths), isAll };
}

const NOTHING = { nodes: [], identities: [], vaults: [] };

interface Content extends Pick<ResetScope, "nodes" | "identities" | "vaults"> {
  readonly vaultFiles: readonly string[];
}

function contentOf(home: string): Content {
  try {
    using state = openState({ home });
    const vaults = state.vaults.list();
    return {
      nodes: state.nodes.list().map(({ name }) => name),
      identities: state.identities.list().map(({ name }) => name),
      vaults: vaults.map(({ name }) => name),
      vaultFiles: vaults.flatMap(({ path }) => (path === undefined ? [] : [path])),
    };
  } catch (error) {
    if (!isOckamError(error, "OCKAM_NODE_STATE_DAMAGED")) throw error;
    return { ...NOTHING, vaultFiles: [] };
  }
}

async function stopAllNodes(home: string): Promise<void> {
  try {
    using state = openState({ home });
    await Promise.all(state.nodes.list().map(({ name }) => stopNode({ state, name })));
  } catch (error) {
    if (!isOckamError(error, "OCKAM_NODE_STATE_DAMAGED")) throw error;
    await stopUnknownNodes(home);
  }
}

/** Whether a file is a vault of ours, whatever the main database knows: a folder of the user's may be called so, too. */
function isVault(path: string): boolean {
  const header = new DataView(new ArrayBuffer(APPLICATION_ID_OFFSET + 4));
  try {
    const file = openSync(path, "r");
    try {
      return (
        readSync(file, header) === header.byteLength &&
        header.getUint32(APPLICATION_ID_OFFSET) === VAULT_SCHEMA.applicationId
      );
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
