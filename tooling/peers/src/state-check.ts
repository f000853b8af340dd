import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { createIdentities } from "@ockam/identity";
import { createSoftwareVault } from "@ockam/vault";

import { databaseFaults } from "./database-check.ts";
import type { OckamHome } from "./ockam-home.ts";

type Row = Record<string, unknown>;

/**
 * What is wrong with the state of this project's command: faults that SQLite finds, identities with a name that lack
 * their history or the secret of their newest key, wherever its vault is. One line for each, none when all is well.
 */
export async function stateFaults(home: OckamHome): Promise<readonly string[]> {
  const path = join(home.path, "database.sqlite3");
  if (!existsSync(path)) return [];
  const faults = [...databaseFaults(home.path)];
  using database = new DatabaseSync(path);
  const named = database
    .prepare(
      `SELECT named_identity.name AS name, change_history, path FROM named_identity
      JOIN vault ON vault.name = named_identity.vault LEFT JOIN identity USING (identifier)`,
    )
    .all() as Row[];
  for (const row of named) {
    const fault = await identityFault(row, database);
    if (fault !== undefined) faults.push(`identity ${String(row["name"])}: ${fault}`);
  }
  return faults;
}

/** Names in the order of their creation: of a table of the state. */
export function namesOf(home: OckamHome, table: "named_identity" | "node" | "vault"): readonly string[] {
  const path = join(home.path, "database.sqlite3");
  if (!existsSync(path)) return [];
  using database = new DatabaseSync(path);
  const rows = database.prepare(`SELECT name FROM ${table} ORDER BY rowid`).all() as Row[];
  return rows.map(({ name }) => String(name));
}

/** The processes that nodes were last known to have. */
export function processesOf(home: OckamHome): readonly number[] {
  const path = join(home.path, "database.sqlite3");
  if (!existsSync(path)) return [];
  using database = new DatabaseSync(path);
  const rows = database.prepare("SELECT pid FROM node WHERE pid IS NOT NULL").all() as Row[];
  return rows.map(({ pid }) => Number(pid));
}

async function identityFault(row: Row, main: DatabaseSync): Promise<string | undefined> {
  const history = row["change_history"];
  if (!(history instanceof Uint8Array)) return "no history";
  const { latest } = await createIdentities().import(history);
  const vault = createSoftwareVault();
  const handle = vault.handleOf(latest.publicKey);
  const file = row["path"];
  if (typeof file === "string" && !existsSync(file)) return `${file} is missing`;
  using own = typeof file === "string" ? new DatabaseSync(file) : undefined;
  const found = (own ?? main).prepare("SELECT secret FROM secret WHERE handle = ?").get(handle);
  const secret = found?.["secret"];
  if (!(secret instanceof Uint8Array)) return "no secret of its key";
  // The secret is that of the key: its handle is the hash of what it makes public.
  if ((await vault.importSigningKey(latest.publicKey.type, secret)) !== handle) return "another secret";
  return undefined;
}
