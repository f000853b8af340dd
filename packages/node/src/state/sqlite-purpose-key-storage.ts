import type { PurposeKeyStorage } from "@ockam/identity";

import type { Database } from "./database.ts";
import { bytesOf } from "./row.ts";

/** Attestations of purpose keys in the table `purpose_key`. */
export function sqlitePurposeKeyStorage(database: Database): PurposeKeyStorage {
  return {
    async get(identifier, purpose) {
      const row = database.first(
        "SELECT attestation FROM purpose_key WHERE identifier = ? AND purpose = ?",
        identifier.toString(),
        purpose,
      );
      return row === undefined ? undefined : bytesOf(row, "attestation");
    },
    async put(identifier, purpose, attestation) {
      database.run(
        "INSERT OR REPLACE INTO purpose_key (identifier, purpose, attestation) VALUES (?, ?, ?)",
        identifier.toString(),
        purpose,
        attestation,
      );
    },
    async delete(identifier, purpose) {
      const sql = "DELETE FROM purpose_key WHERE identifier = ? AND purpose = ?";
      return database.run(sql, identifier.toString(), purpose) > 0;
    },
  };
}
