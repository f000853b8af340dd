import { existsSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

import { createSoftwareVault } from "@ockam/vault";
import type { SecretStorage, Vault } from "@ockam/vault";

import { COMPANIONS, Database, IN_MEMORY } from "./database.ts";
import { giveName } from "./home-folder.ts";
import type { Row } from "./row.ts";
import { expectName } from "./name.ts";
import { nodeError } from "../node-error.ts";
import { randomName } from "./random-name.ts";
import { VAULT_SCHEMA } from "./schema.ts";
import { putSecret, sqliteSecretStorage } from "./sqlite-secret-storage.ts";
import type { Secret } from "./sqlite-secret-storage.ts";
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
    let made: string | undefined;
    try {
      return this.#database.transaction(() => {
        const vault = this.#insert(options);
        // The file is made at once, so that a folder that cannot be written is told now, and the vault is none.
        if (vault.path !== undefined) made = this.#makeFile(vault.path, options.path === undefined);
        return vault;
      });
    } catch (error) {
      if (made !== undefined) this.#removeFile(made);
      throw error;
    }
  }

  /** The vault of that name, created when there is none. @throws OckamError OCKAM_NODE_INVALID_NAME, OCKAM_NODE_FILE_EXISTS */
  getOrCreate(name: string): NamedVault {
    return this.#database.transaction(() => this.#find(name) ?? this.create({ name }));
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
    const from = this.#database.transaction(() => {
      const vault = this.get(name);
      if (vault.path === undefined)
        throw nodeError(
          "VAULT_NOT_MOVABLE",
          `the vault ${name} cannot be moved to ${target} because this is the default vault: it is part of the main database`,
        );
      if (existsSync(target) && !isOtherNameOf(vault.path, target)) throw fileExists(target);
      this.#closeFile(vault.path);
      if (!this.#inMemory) giveSecondName(this.#openFile(vault.path), vault, target);
      this.#database.run("UPDATE vault SET path = ? WHERE name = ?", target, name);
      return vault.path;
    });
    // Until now the keys were at both: whoever is killed finds them where the database says.
    this.#removeFile(from);
    this.#file(target);
    return this.get(name);
  }

  delete(name: string): void {
    this.#database.transaction(() => {
      const vault = this.get(name);
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
      if (vault.path === undefined) this.#database.run("DELETE FROM secret");
      if (vault.isDefault) this.#makeFirstDefault();
      // A vault without its file can be deleted again; a file without its vault would be in the way of the next one.
      if (vault.path !== undefined) this.#removeFile(vault.path);
    });
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
    return sqliteSecretStorage(() => this.#databaseOf(name));
  }

  /** Keeps a secret: with what else the transaction does, if the vault is part of the main database, else before. */
  keep(name: string, secret: Secret): void {
    putSecret(this.#databaseOf(name), secret);
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
    if (absolute !== undefined && this.list().some((vault) => vault.path === absolute))
      throw fileExists(absolute);
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

  #databaseOf(name: string): Database {
    const { path } = this.get(name);
    return path === undefined ? this.#database : this.#file(path);
  }

  /** `isOurs`: the path is one that nobody chose, where only commands that were killed may have left something. */
  #makeFile(path: string, isOurs: boolean): string {
    if (!this.#inMemory && existsSync(path) && !(isOurs && isUnused(path))) throw fileExists(path);
    this.#files.set(path, Database.open(this.#inMemory ? IN_MEMORY : path, VAULT_SCHEMA));
    return path;
  }

  #file(path: string): Database {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = this.#openFile(path);
      this.#files.set(path, file);
    }
    return file;
  }

  #openFile(path: string): Database {
    if (this.#inMemory) return Database.open(IN_MEMORY, VAULT_SCHEMA);
    if (existsSync(path)) return Database.openExisting(path, VAULT_SCHEMA);
    throw nodeError(
      "FILE_UNAVAILABLE",
      `the file ${path} of a vault is missing: put it back there; the identities whose keys are in it cannot be used without it`,
    );
  }

  #removeFile(path: string): void {
    this.#closeFile(path);
    for (const suffix of ["", ...COMPANIONS]) rmSync(path + suffix, { force: true });
  }

  #closeFile(path: string): void {
    this.#files.get(path)?.close();
    this.#files.delete(path);
  }

  #makeFirstDefault(): void {
    this.#database.run("UPDATE vault SET is_default = 1 WHERE rowid = (SELECT min(rowid) FROM vault)");
  }
}

/** Whether a file is a vault of ours in which nothing is. */
function isUnused(path: string): boolean {
  try {
    using file = Database.openExisting(path, VAULT_SCHEMA);
    return file.first("SELECT 1 FROM secret LIMIT 1") === undefined;
  } catch {
    return false;
  }
}

/** Whether the file at `path` is at `target`, too: left by a move that was cut short. */
function isOtherNameOf(path: string, target: string): boolean {
  if (path === target || !existsSync(path)) return false;
  const [one, two] = [statSync(path), statSync(target)];
  return one.dev === two.dev && one.ino === two.ino;
}

/**
 * Makes the file of a vault the one at `target`, too, or a copy of it on another file system.
 * @throws OckamError OCKAM_NODE_FILE_UNAVAILABLE, OCKAM_NODE_VAULT_NOT_MOVABLE
 */
function giveSecondName(file: Database, { name, path }: NamedVault, target: string): void {
  if (path === undefined) return;
  {
    using closed = file;
    if (!closed.becomeOneFile())
      throw nodeError(
        "VAULT_NOT_MOVABLE",
        `the vault ${name} cannot be moved now: another process uses it. Stop the nodes with identities in it and try again`,
      );
  }
  if (existsSync(target)) return;
  try {
    giveName(path, target);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw nodeError(
      "FILE_UNAVAILABLE",
      `the vault cannot be moved to ${target} (${reason}); choose a folder that is there and that you may write to`,
      { cause: error },
    );
  }
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
