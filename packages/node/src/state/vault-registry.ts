import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

import { createSoftwareVault } from "@ockam/vault";
import type { SecretStorage, Vault } from "@ockam/vault";

import { Database, IN_MEMORY } from "./database.ts";
import { FILE_MODE } from "./home-folder.ts";
import type { Row } from "./row.ts";
import { expectName } from "./name.ts";
import { nodeError } from "../node-error.ts";
import { randomName } from "./random-name.ts";
import { VAULT_SCHEMA } from "./schema.ts";
import { sqliteSecretStorage } from "./sqlite-secret-storage.ts";
import type { NamedVault, NamedVaults } from "./state.ts";
import { integerOf, optionalTextOf, textOf } from "./row.ts";

/** Vaults in the table `vault`; the first one's secrets are in the main database, the others' in files. */
export class VaultRegistry implements NamedVaults {
  readonly #database: Database;
  readonly #home: string;
  readonly #inMemory: boolean;
  /** Open files by path. */
  readonly #files = new Map<string, Database>();
  readonly #vaults = new Map<string, Vault>();

  constructor(database: Database, home: string, inMemory: boolean) {
    this.#database = database;
    this.#home = home;
    this.#inMemory = inMemory;
  }

  create(options: { readonly name?: string; readonly path?: string } = {}): NamedVault {
    if (options.name !== undefined) expectName(options.name);
    return this.#database.transaction(() => {
      const vault = this.#insert(options);
      // The file is made at once, so that a folder that cannot be written is told now, and the vault is none.
      if (vault.path !== undefined) this.#file(vault.path);
      return vault;
    });
  }

  get(name: string): NamedVault {
    const vault = this.#find(name);
    if (vault === undefined)
      throw nodeError(
        "VAULT_NOT_FOUND",
        `there is no vault named ${name}: it was not found; "ockam vault list" shows those that are there`,
      );
    return vault;
  }

  getDefault(): NamedVault {
    return this.#database.transaction(() => {
      const row = this.#database.first("SELECT * FROM vault WHERE is_default = 1");
      return row === undefined ? this.#insert({}) : vaultOf(row);
    });
  }

  list(): readonly NamedVault[] {
    return this.#database.all("SELECT * FROM vault ORDER BY rowid").map(vaultOf);
  }

  move(name: string, path: string): NamedVault {
    const target = resolve(path);
    return this.#database.transaction(() => {
      const vault = this.get(name);
      if (vault.path === undefined)
        throw nodeError(
          "VAULT_NOT_MOVABLE",
          `the vault ${name} cannot be moved to ${target} because this is the default vault: it is part of the main database`,
        );
      if (existsSync(target)) throw fileExists(target);
      this.#closeFile(vault.path);
      moveDatabase(vault.path, target);
      this.#database.run("UPDATE vault SET path = ? WHERE name = ?", target, name);
      return { ...vault, path: target };
    });
  }

  delete(name: string): void {
    const vault = this.#database.transaction(() => {
      const found = this.get(name);
      const users = this.#database.all("SELECT name FROM named_identity WHERE vault = ?", name);
      if (users.length > 0) {
        const identities = users.map((row) => textOf(row, "name")).join(", ");
        throw nodeError(
          "VAULT_IN_USE",
          `the vault ${name} holds the keys of the identities ${identities}; delete those first`,
          { details: { identities } },
        );
      }
      this.#database.run("DELETE FROM vault WHERE name = ?", name);
      if (found.path === undefined) this.#database.run("DELETE FROM secret");
      if (found.isDefault) this.#makeFirstDefault();
      return found;
    });
    if (vault.path === undefined) return;
    this.#closeFile(vault.path);
    removeDatabase(vault.path);
  }

  open(name: string): Vault {
    let vault = this.#vaults.get(name);
    if (vault === undefined) {
      vault = createSoftwareVault({ storage: this.secrets(name) });
      this.#vaults.set(name, vault);
    }
    return vault;
  }

  /** Its secrets. @throws OckamError OCKAM_NODE_VAULT_NOT_FOUND */
  secrets(name: string): SecretStorage {
    this.get(name);
    // Looked up each time, since the file may be moved meanwhile.
    return sqliteSecretStorage(() => {
      const { path } = this.get(name);
      return path === undefined ? this.#database : this.#file(path);
    });
  }

  close(): void {
    for (const path of Array.from(this.#files.keys())) this.#closeFile(path);
  }

  #insert(options: { readonly name?: string; readonly path?: string }): NamedVault {
    const isFirst = this.list().length === 0;
    const name = options.name ?? (isFirst ? "default" : randomName((word) => this.#find(word) !== undefined));
    if (this.#find(name) !== undefined)
      throw nodeError("VAULT_EXISTS", `A vault named ${name} already exists; choose another name`);
    const path = options.path ?? (isFirst ? undefined : join(this.#home, `vault-${name}`));
    const absolute = path === undefined ? undefined : resolve(path);
    if (absolute !== undefined && !this.#inMemory && existsSync(absolute)) throw fileExists(absolute);
    this.#database.run(
      "INSERT INTO vault (name, path, is_default) VALUES (?, ?, ?)",
      name,
      absolute ?? null,
      isFirst ? 1 : 0,
    );
    return { name, isDefault: isFirst, path: absolute };
  }

  #find(name: string): NamedVault | undefined {
    const row = this.#database.first("SELECT * FROM vault WHERE name = ?", name);
    return row === undefined ? undefined : vaultOf(row);
  }

  #file(path: string): Database {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = Database.open(this.#inMemory ? IN_MEMORY : path, VAULT_SCHEMA);
      this.#files.set(path, file);
    }
    return file;
  }

  #closeFile(path: string): void {
    this.#files.get(path)?.close();
    this.#files.delete(path);
  }

  #makeFirstDefault(): void {
    this.#database.run("UPDATE vault SET is_default = 1 WHERE rowid = (SELECT min(rowid) FROM vault)");
  }
}

/** What SQLite keeps beside a file. */
const COMPANIONS = ["", "-wal", "-shm"];

/** @throws OckamError OCKAM_NODE_FILE_UNAVAILABLE */
function moveDatabase(from: string, to: string): void {
  try {
    for (const suffix of COMPANIONS) if (existsSync(from + suffix)) renameSync(from + suffix, to + suffix);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EXDEV") return copyDatabase(from, to);
    throw fileUnavailable(to, error);
  }
}

/** To another file system, where nothing can be renamed to. */
function copyDatabase(from: string, to: string): void {
  try {
    using source = Database.open(from, VAULT_SCHEMA);
    // An empty one counts as none, and has the right mode.
    closeSync(openSync(to, "wx", FILE_MODE));
    source.run("VACUUM INTO ?", to);
  } catch (error) {
    rmSync(to, { force: true });
    throw fileUnavailable(to, error);
  }
  removeDatabase(from);
}

function fileUnavailable(path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return nodeError(
    "FILE_UNAVAILABLE",
    `the vault cannot be moved to ${path} (${reason}); choose a folder that is there and that you may write to`,
    { cause },
  );
}

function removeDatabase(path: string): void {
  for (const suffix of COMPANIONS) rmSync(path + suffix, { force: true });
}

function vaultOf(row: Row): NamedVault {
  return {
    name: textOf(row, "name"),
    isDefault: integerOf(row, "is_default") === 1,
    path: optionalTextOf(row, "path"),
  };
}

function fileExists(path: string): Error {
  return nodeError("FILE_EXISTS", `${path} exists already; a vault needs a file of its own`);
}
