import { isMember } from "@ockam/authority";
import type { MembershipChanges, MembershipStorage, StoredMember, StoredToken } from "@ockam/authority";
import { decodeStoredAttributes, encodeStoredAttributes } from "@ockam/credentials";
import type { Attributes } from "@ockam/credentials";
import { Identifier } from "@ockam/identity";

import type { Database } from "../state/database.ts";
import { bytesOf, integerOf, optionalIntegerOf, textOf } from "../state/row.ts";
import type { Row } from "../state/row.ts";

/** The subject of the row that says up to where changes have been forgotten. */
const FORGOTTEN = "";

/** Members, tokens and changes of one authority, in the tables `authority_…`. Each call is one transaction. */
export function sqliteMembershipStorage(database: Database, authority: Identifier): MembershipStorage {
  return new SqliteMembershipStorage(database, authority.toString());
}

class SqliteMembershipStorage implements MembershipStorage {
  readonly #database: Database;
  readonly #authority: string;

  constructor(database: Database, authority: string) {
    this.#database = database;
    this.#authority = authority;
  }

  async find(identifier: Identifier): Promise<StoredMember | undefined> {
    return this.#find(identifier);
  }

  async list(): Promise<readonly StoredMember[]> {
    return this.#database
      .all("SELECT * FROM authority_member WHERE authority = ? ORDER BY rowid", this.#authority)
      .map(memberOf);
  }

  async counts(now: number): Promise<{ readonly members: number; readonly tokens: number }> {
    const members = this.#database.first(
      "SELECT count(*) AS count FROM authority_member WHERE authority = ?",
      this.#authority,
    );
    const tokens = this.#database.first(
      "SELECT count(*) AS count FROM authority_token WHERE authority = ? AND expires_at > ?",
      this.#authority,
      now,
    );
    return { members: countOf(members), tokens: countOf(tokens) };
  }

  async put(member: StoredMember, changedAt?: number): Promise<void> {
    this.#database.transaction(() => {
      this.#put(member);
      if (changedAt !== undefined) this.#change(member.identifier, changedAt);
    });
  }

  async delete(identifier: Identifier, changedAt: number): Promise<boolean> {
    return this.#database.transaction(() => this.#delete(identifier, changedAt));
  }

  async setPreTrusted(members: readonly StoredMember[], now: number): Promise<void> {
    const wanted = new Set(members.map(({ identifier }) => identifier.toString()));
    this.#database.transaction(() => {
      const named = this.#database.all(
        "SELECT identifier FROM authority_member WHERE authority = ? AND (is_pre_trusted = 1 OR was_named = 1)",
        this.#authority,
      );
      for (const text of named.map((row) => textOf(row, "identifier"))) {
        if (!wanted.has(text)) this.#delete(Identifier.parse(text), now);
      }
      for (const member of members) {
        const known = this.#find(member.identifier);
        this.#put(member, true);
        if (known !== undefined && !sameAttributes(known.attributes, member.attributes))
          this.#change(member.identifier, now);
      }
    });
  }

  async redeem(
    codeHash: Uint8Array,
    makeMember: (token: StoredToken) => StoredMember,
    now: number,
  ): Promise<"redeemed" | "unknown" | "already-a-member"> {
    return this.#database.transaction(() => {
      this.#database.run("DELETE FROM authority_token WHERE expires_at <= ?", now);
      const row = this.#database.first(
        "SELECT * FROM authority_token WHERE authority = ? AND code_hash = ?",
        this.#authority,
        codeHash,
      );
      if (row === undefined) return "unknown";
      const member = makeMember(tokenOf(row));
      const known = this.#find(member.identifier);
      if (known !== undefined && isMember(known, now)) return "already-a-member";
      this.#put(member);
      this.#database.run(
        "UPDATE authority_token SET uses = uses - 1 WHERE authority = ? AND code_hash = ?",
        this.#authority,
        codeHash,
      );
      this.#database.run("DELETE FROM authority_token WHERE uses <= 0");
      return "redeemed";
    });
  }

  async addToken(token: StoredToken): Promise<void> {
    const { attributes, codeHash, createdAt, expiresAt, issuedBy, uses } = token;
    this.#database.run(
      `INSERT INTO authority_token (authority, code_hash, issued_by, created_at, expires_at, uses, attributes)
      VALUES (?, ?, ?, ?, ?, ?, ?)`,
      this.#authority,
      codeHash,
      issuedBy.toString(),
      createdAt,
      expiresAt,
      uses,
      encodeStoredAttributes(attributes),
    );
  }

  async changesSince(sequence: number): Promise<MembershipChanges> {
    return this.#database.transaction(() => {
      const changes = this.#database
        .all(
          `SELECT * FROM authority_change WHERE authority = ? AND subject <> ? AND sequence > ? ORDER BY sequence`,
          this.#authority,
          FORGOTTEN,
          sequence,
        )
        .map((row) => ({
          subject: Identifier.parse(textOf(row, "subject")),
          changedAt: integerOf(row, "changed_at"),
        }));
      const last = this.#last();
      return { sequence: last, changes, complete: sequence >= this.#forgotten() && sequence <= last };
    });
  }

  async lastSequence(): Promise<number> {
    return this.#last();
  }

  async lastChangeOf(subject: Identifier): Promise<number | undefined> {
    const row = this.#database.first(
      "SELECT changed_at FROM authority_change WHERE authority = ? AND subject = ?",
      this.#authority,
      subject.toString(),
    );
    return row === undefined ? undefined : integerOf(row, "changed_at");
  }

  async forgetChangesBefore(time: number): Promise<void> {
    this.#database.transaction(() => {
      const row = this.#database.first(
        `SELECT max(sequence) AS sequence FROM authority_change
        WHERE authority = ? AND subject <> ? AND changed_at < ?`,
        this.#authority,
        FORGOTTEN,
        time,
      );
      const upTo = row === undefined ? undefined : optionalIntegerOf(row, "sequence");
      if (upTo === undefined) return;
      this.#database.run(
        "DELETE FROM authority_change WHERE authority = ? AND subject <> ? AND changed_at < ?",
        this.#authority,
        FORGOTTEN,
        time,
      );
      this.#database.run(
        "INSERT OR REPLACE INTO authority_change (sequence, authority, subject, changed_at) VALUES (?, ?, ?, 0)",
        Math.max(upTo, this.#forgotten()),
        this.#authority,
        FORGOTTEN,
      );
    });
  }

  #find(identifier: Identifier): StoredMember | undefined {
    const row = this.#database.first(
      "SELECT * FROM authority_member WHERE authority = ? AND identifier = ?",
      this.#authority,
      identifier.toString(),
    );
    return row === undefined ? undefined : memberOf(row);
  }

  /** `isNamed`: by the owner of the authority, at this start; else it stays as it is. */
  #put(member: StoredMember, isNamed = false): void {
    this.#database.run(
      `INSERT INTO authority_member
        (authority, identifier, added_by, added_at, is_pre_trusted, was_named, attributes, expires_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (authority, identifier) DO UPDATE
      SET added_by = excluded.added_by, added_at = excluded.added_at, is_pre_trusted = excluded.is_pre_trusted,
        was_named = max(was_named, excluded.was_named), attributes = excluded.attributes,
        expires_at = excluded.expires_at`,
      this.#authority,
      member.identifier.toString(),
      member.addedBy.toString(),
      member.addedAt,
      member.isPreTrusted ? 1 : 0,
      isNamed ? 1 : 0,
      encodeStoredAttributes(member.attributes),
      member.expiresAt ?? null,
    );
  }

  #delete(identifier: Identifier, changedAt: number): boolean {
    const deleted = this.#database.run(
      "DELETE FROM authority_member WHERE authority = ? AND identifier = ?",
      this.#authority,
      identifier.toString(),
    );
    if (deleted > 0) this.#change(identifier, changedAt);
    return deleted > 0;
  }

  /** The one row of a subject moves behind all others, and on by a second at least. */
  #change(subject: Identifier, changedAt: number): void {
    this.#database.run(
      `INSERT OR REPLACE INTO authority_change (authority, subject, changed_at) VALUES (?, ?, max(?, 1 + ifnull(
        (SELECT changed_at FROM authority_change WHERE authority = ? AND subject = ?), 0)))`,
      this.#authority,
      subject.toString(),
      changedAt,
      this.#authority,
      subject.toString(),
    );
  }

  #last(): number {
    const row = this.#database.first(
      "SELECT max(sequence) AS sequence FROM authority_change WHERE authority = ?",
      this.#authority,
    );
    return row === undefined ? 0 : (optionalIntegerOf(row, "sequence") ?? 0);
  }

  #forgotten(): number {
    const row = this.#database.first(
      "SELECT sequence FROM authority_change WHERE authority = ? AND subject = ?",
      this.#authority,
      FORGOTTEN,
    );
    return row === undefined ? 0 : integerOf(row, "sequence");
  }
}

function memberOf(row: Row): StoredMember {
  const expiresAt = optionalIntegerOf(row, "expires_at");
  return {
    identifier: Identifier.parse(textOf(row, "identifier")),
    attributes: decodeStoredAttributes(bytesOf(row, "attributes")),
    addedBy: Identifier.parse(textOf(row, "added_by")),
    addedAt: integerOf(row, "added_at"),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    isPreTrusted: integerOf(row, "is_pre_trusted") === 1,
  };
}

function tokenOf(row: Row): StoredToken {
  return {
    codeHash: bytesOf(row, "code_hash"),
    issuedBy: Identifier.parse(textOf(row, "issued_by")),
    createdAt: integerOf(row, "created_at"),
    expiresAt: integerOf(row, "expires_at"),
    uses: integerOf(row, "uses"),
    attributes: decodeStoredAttributes(bytesOf(row, "attributes")),
  };
}

function countOf(row: Row | undefined): number {
  return row === undefined ? 0 : integerOf(row, "count");
}

function sameAttributes(a: Attributes, b: Attributes): boolean {
  return a.size === b.size && a.includes(b);
}
