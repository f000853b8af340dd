import type { Identifier } from "@ockam/identity";

import type { Database } from "../state/database.ts";
import { integerOf } from "../state/row.ts";

/** A member that was removed or got other attributes: its credentials of that second and before are void. */
export interface Revocation {
  readonly subject: Identifier;
  /** Seconds since 1970, by the authority's clock, as are the times in its credentials. */
  readonly changedAt: number;
}

/** What authorities said about members after they issued credentials to them, in the table `revocation`. */
export class Revocations {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Until which second the credentials that `authority` issued to `subject` are void. */
  changedAt(authority: Identifier, subject: Identifier): number | undefined {
    const row = this.#database.first(
      "SELECT changed_at FROM revocation WHERE authority = ? AND subject = ?",
      authority.toString(),
      subject.toString(),
    );
    return row === undefined ? undefined : integerOf(row, "changed_at");
  }

  /** How far `authority` has been heard; undefined: never. */
  sequence(authority: Identifier): number | undefined {
    const row = this.#database.first(
      "SELECT sequence FROM followed_authority WHERE authority = ?",
      authority.toString(),
    );
    return row === undefined ? undefined : integerOf(row, "sequence");
  }

  /**
   * Puts down what an authority said, and drops the attributes that came from credentials that are void by it: all
   * of it or, when the process ends meanwhile, nothing. With `all`, everything that the authority ever attested is
   * dropped.
   */
  add(
    authority: Identifier,
    news: { readonly changes: readonly Revocation[]; readonly sequence: number; readonly all?: boolean },
  ): void {
    const by = authority.toString();
    this.#database.transaction(() => {
      for (const { subject, changedAt } of news.changes) {
        this.#database.run(
          `INSERT INTO revocation (authority, subject, changed_at) VALUES (?, ?, ?)
          ON CONFLICT (authority, subject) DO UPDATE SET changed_at = max(changed_at, excluded.changed_at)`,
          by,
          subject.toString(),
          changedAt,
        );
        this.#database.run(
          `DELETE FROM identity_attributes WHERE attested_by = ? AND subject = ? AND coalesce(created_at, 0) <= ?`,
          by,
          subject.toString(),
          changedAt,
        );
      }
      if (news.all === true) this.#database.run("DELETE FROM identity_attributes WHERE attested_by = ?", by);
      this.#database.run(
        `INSERT INTO followed_authority (authority, sequence) VALUES (?, ?)
        ON CONFLICT (authority) DO UPDATE SET sequence = excluded.sequence`,
        by,
        news.sequence,
      );
    });
  }
}
