import { Identifier } from "@ockam/identity";
import type { IdentityStorage } from "@ockam/identity";

import type { Database } from "./database.ts";
import { bytesOf, textOf } from "./row.ts";

/** Change histories in the table `identity`: own ones and those of peers. */
export function sqliteIdentityStorage(database: Database): IdentityStorage {
  const known = (identifier: Identifier): Uint8Array | undefined => {
    const row = database.first(
      "SELECT change_history FROM identity WHERE identifier = ?",
      identifier.toString(),
    );
    return row === undefined ? undefined : bytesOf(row, "change_history");
  };
  return {
    async get(identifier) {
      return known(identifier);
    },
    async update(identifier, decide) {
      database.transaction(() => {
        const history = decide(known(identifier));
        if (history === undefined) return;
        putHistory(database, identifier, history);
      });
    },
    async list() {
      return database
        .all("SELECT identifier FROM identity")
        .map((row) => Identifier.parse(textOf(row, "identifier")));
    },
    async delete(identifier) {
      return database.run("DELETE FROM identity WHERE identifier = ?", identifier.toString()) > 0;
    },
  };
}

/** Stores a change history in place of the one that is there. */
export function putHistory(database: Database, identifier: Identifier, history: Uint8Array): void {
  database.run(
    "INSERT OR REPLACE INTO identity (identifier, change_history) VALUES (?, ?)",
    identifier.toString(),
    history,
  );
}
