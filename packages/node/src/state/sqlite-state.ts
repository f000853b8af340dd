import { existsSync } from "node:fs";
import { join } from "node:path";

import { Database, IN_MEMORY } from "./database.ts";
import { ProjectRegistry } from "../projects/project-registry.ts";
import { homeFolder, makeStateFolder } from "./home-folder.ts";
import { currentPlatform } from "../platform/current-platform.ts";
import type { Platform } from "../platform/platform.ts";
import type { ProcessTable } from "../platform/process-table.ts";
import { IdentityRegistry } from "./identity-registry.ts";
import { NodeRegistry } from "./node-registry.ts";
import { APPLICATION_SCHEMA, STATE_SCHEMA } from "./schema.ts";
import type { OpenStateOptions, State } from "./state.ts";
import { CredentialRegistry } from "../trust/credential-registry.ts";
import { VaultRegistry } from "./vault-registry.ts";

/** The file with everything that `ockam reset` deletes. */
export const DATABASE_FILE = "database.sqlite3";
/** The file that survives `ockam reset`. */
export const APPLICATION_DATABASE_FILE = "application_database.sqlite3";

/**
 * Opens the state folder and creates what is missing: the folder with mode 0700, files with 0600.
 * @throws OckamError OCKAM_NODE_STATE_DAMAGED, OCKAM_NODE_STATE_FOREIGN, OCKAM_NODE_STATE_TOO_NEW,
 * OCKAM_NODE_STATE_BUSY, OCKAM_NODE_STATE_UNAVAILABLE, OCKAM_NODE_DISK_FULL
 */
export function openState(options: OpenStateOptions = {}): State {
  return SqliteState.open(options);
}

/**
 * Opens the state folder to look at it: nothing is made, changed or waited for. Undefined when there is none that this
 * version can read.
 */
export function peekState(options: { readonly home?: string } = {}): State | undefined {
  return SqliteState.peek(homeFolder(options.home), currentPlatform());
}

/** {@link State}, with what only the node itself needs. */
export class SqliteState implements State {
  readonly home: string;
  readonly vaults: VaultRegistry;
  readonly identities: IdentityRegistry;
  readonly nodes: NodeRegistry;
  readonly projects: ProjectRegistry;
  readonly credentials: CredentialRegistry;
  readonly database: Database;
  readonly inMemory: boolean;
  readonly platform: Platform;
  readonly processes: ProcessTable;

  private constructor(home: string, database: Database, inMemory: boolean, platform: Platform) {
    this.home = home;
    this.database = database;
    this.inMemory = inMemory;
    this.platform = platform;
    this.processes = platform.processTable(inMemory ? undefined : home);
    this.vaults = new VaultRegistry(database, home, inMemory);
    this.identities = new IdentityRegistry(database, this.vaults);
    this.nodes = new NodeRegistry({ database, home, platform, processes: this.processes });
    this.projects = new ProjectRegistry(database);
    this.credentials = new CredentialRegistry(database);
  }

  static open(options: OpenStateOptions = {}, platform: Platform = currentPlatform()): SqliteState {
    const home = homeFolder(options.home);
    if (options.inMemory === true)
      return new SqliteState(home, Database.open(IN_MEMORY, STATE_SCHEMA), true, platform);
    makeStateFolder(home, platform);
    rememberFirstUse(home);
    return new SqliteState(home, Database.open(join(home, DATABASE_FILE), STATE_SCHEMA), false, platform);
  }

  static peek(home: string, platform: Platform): SqliteState | undefined {
    const database = Database.peek(join(home, DATABASE_FILE), STATE_SCHEMA);
    return database === undefined ? undefined : new SqliteState(home, database, false, platform);
  }

  close(): void {
    this.vaults.close();
    this.database.close();
    this.processes.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * The state that {@link openState} returned.
 * @throws TypeError for another implementation of the interface
 */
export function sqliteState(state: State): SqliteState {
  if (state instanceof SqliteState) return state;
  throw new TypeError('"state" expected what openState returned');
}

/** Damage to what only says that is no reason to fail. */
function rememberFirstUse(home: string): void {
  const path = join(home, APPLICATION_DATABASE_FILE);
  if (!existsSync(path)) Database.open(path, APPLICATION_SCHEMA).close();
}
