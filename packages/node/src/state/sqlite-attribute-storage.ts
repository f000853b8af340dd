import { decodeStoredAttributes, encodeStoredAttributes } from "@ockam/credentials";
import type { AttributeStorage } from "@ockam/credentials";
import { Identifier } from "@ockam/identity";

import type { Database } from "./database.ts";
import { bytesOf, integerOf, optionalIntegerOf, textOf } from "./row.ts";

/** What credentials said about peers, in the table `identity_attributes`. */
export function sqliteAttributeStorage(database: Database): AttributeStorage {
  return {
    async get(subject, authority, now) {
      const row = database.first(
        "SELECT * FROM identity_attributes WHERE subject = ? AND attested_by = ? AND expires_at > ?",
        subject.toString(),
        authority.toString(),
        now,
      );
      if (row === undefined) return undefined;
      const createdAt = optionalIntegerOf(row, "created_at");
      return {
        subject: Identifier.parse(textOf(row, "subject")),
        attestedBy: Identifier.parse(textOf(row, "attested_by")),
        attributes: decodeStoredAttributes(bytesOf(row, "attributes")),
        addedAt: integerOf(row, "added_at"),
        ...(createdAt === undefined ? {} : { createdAt }),
        expiresAt: integerOf(row, "expires_at"),
      };
    },
    async put({ subject, attestedBy, attributes, addedAt, createdAt, expiresAt }) {
      database.run("DELETE FROM identity_attributes WHERE expires_at <= ?", addedAt);
      database.run(
        `INSERT OR REPLACE INTO identity_attributes (subject, attested_by, attributes, added_at, expires_at, created_at)
        VALUES (?, ?, ?, ?, ?, ?)`,
        subject.toString(),
        attestedBy.toString(),
        encodeStoredAttributes(attributes),
        addedAt,
        expiresAt,
        createdAt ?? null,
      );
    },
    async delete(subject) {
      return database.run("DELETE FROM identity_attributes WHERE subject = ?", subject.toString()) > 0;
    },
  };
}
