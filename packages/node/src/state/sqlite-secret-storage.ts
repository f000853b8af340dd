import type { KeyHandle, SecretKind, SecretStorage } from "@ockam/vault";

import type { Database } from "./database.ts";
import { bytesOf } from "./row.ts";

/** The secrets of one vault, in the table `secret` of its database. */
export function sqliteSecretStorage(database: () => Database): SecretStorage {
  return {
    async get(kind, handle) {
      const row = database().first("SELECT secret FROM secret WHERE kind = ? AND handle = ?", kind, handle);
      return row === undefined ? undefined : bytesOf(row, "secret");
    },
    async put(kind, handle, secret) {
      putSecret(database(), { kind, handle, secret });
    },
    async delete(kind, handle) {
      return database().run("DELETE FROM secret WHERE kind = ? AND handle = ?", kind, handle) > 0;
    },
  };
}

/** A secret of a vault. */
export interface Secret {
  readonly kind: SecretKind;
  readonly handle: KeyHandle;
  readonly secret: Uint8Array;
}

/** Stores a secret in place of one that is there. */
export function putSecret(database: Database, { kind, handle, secret }: Secret): void {
  database.run("INSERT OR REPLACE INTO secret (kind, handle, secret) VALUES (?, ?, ?)", kind, handle, secret);
}
