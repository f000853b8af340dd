import { Identifier } from "@ockam/identity";

import type { Database } from "../state/database.ts";
import { bytesOf, integerOf, textOf } from "../state/row.ts";
import type { Row } from "../state/row.ts";

/** Which of one's own credentials: about whom, by whom, and for what. */
export interface CredentialKey {
  readonly subject: Identifier;
  readonly issuer: Identifier;
  /** Any text; it never leaves the state. A project's is `project-member-<project id>`. */
  readonly scope: string;
}

/** An own credential in the state. */
export interface StoredCredential extends CredentialKey {
  /** The credential with the attestation of the key that signed it. */
  readonly encoded: Uint8Array;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** The own credentials: what the nodes of this state present to others. */
export interface Credentials {
  /** Keeps one, in place of the one of the same key. The caller has verified it. */
  put(credential: StoredCredential): void;
  /** Also an expired one. */
  find(key: CredentialKey): StoredCredential | undefined;
  list(): readonly StoredCredential[];
  /** Says whether there was one. */
  delete(key: CredentialKey): boolean;
}

/** Credentials in the table `credential`. */
export class CredentialRegistry implements Credentials {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  put({ subject, issuer, scope, encoded, expiresAt }: StoredCredential): void {
    this.#database.run(
      `INSERT OR REPLACE INTO credential (subject, issuer, scope, credential, expires_at) VALUES (?, ?, ?, ?, ?)`,
      subject.toString(),
      issuer.toString(),
      scope,
      encoded,
      expiresAt,
    );
  }

  find({ subject, issuer, scope }: CredentialKey): StoredCredential | undefined {
    const row = this.#database.first(
      "SELECT * FROM credential WHERE subject = ? AND issuer = ? AND scope = ?",
      subject.toString(),
      issuer.toString(),
      scope,
    );
    return row === undefined ? undefined : credentialOf(row);
  }

  list(): readonly StoredCredential[] {
    return this.#database.all("SELECT * FROM credential ORDER BY rowid").map(credentialOf);
  }

  delete({ subject, issuer, scope }: CredentialKey): boolean {
    const deleted = this.#database.run(
      "DELETE FROM credential WHERE subject = ? AND issuer = ? AND scope = ?",
      subject.toString(),
      issuer.toString(),
      scope,
    );
    return deleted > 0;
  }
}

function credentialOf(row: Row): StoredCredential {
  return {
    subject: Identifier.parse(textOf(row, "subject")),
    issuer: Identifier.parse(textOf(row, "issuer")),
    scope: textOf(row, "scope"),
    encoded: bytesOf(row, "credential"),
    expiresAt: integerOf(row, "expires_at"),
  };
}
