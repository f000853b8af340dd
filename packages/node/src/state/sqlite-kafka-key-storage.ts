import { decodeStoredAttributes, encodeStoredAttributes } from "@ockam/credentials";
import type { Attributes } from "@ockam/credentials";
import { Identifier } from "@ockam/identity";
import type { DecryptionKeyEntry, DecryptionKeyStorage } from "@ockam/portal-kafka";

import type { Database } from "./database.ts";
import { bytesOf, textOf } from "./row.ts";
import type { Row } from "./row.ts";

/** Who a key was agreed on with, and what was known of that producer then. */
export interface KafkaKeyGrounds {
  readonly producer: Identifier;
  /** Undefined: nothing was attested. */
  readonly attributes: Attributes | undefined;
}

/** What a {@link SqliteKafkaKeyStorage} works with. */
export interface KafkaKeyStorageOptions {
  readonly database: Database;
  /** Whose keys these are: in this identity's vault are the secrets. */
  readonly owner: Identifier;
  /** What is attested of a producer at present. */
  readonly attributesOf: (producer: Identifier) => Promise<Attributes | undefined>;
}

/** The keys of one identity, in the table `kafka_key`: nodes of that identity share them. */
export class SqliteKafkaKeyStorage implements DecryptionKeyStorage {
  readonly #database: Database;
  readonly #owner: string;
  readonly #attributesOf: KafkaKeyStorageOptions["attributesOf"];

  constructor({ attributesOf, database, owner }: KafkaKeyStorageOptions) {
    this.#database = database;
    this.#owner = owner.toString();
    this.#attributesOf = attributesOf;
  }

  async get(decryptor: string): Promise<DecryptionKeyEntry | undefined> {
    const row = this.#row(decryptor);
    if (row === undefined) return undefined;
    return { decryptor, producer: Identifier.parse(textOf(row, "producer")), handle: textOf(row, "handle") };
  }

  /** With the attributes of this moment: what the producer seals is judged by them also when they have lapsed. */
  async put({ decryptor, handle, producer }: DecryptionKeyEntry): Promise<void> {
    const attributes = await this.#attributesOf(producer);
    this.#database.run(
      "INSERT OR REPLACE INTO kafka_key (owner, decryptor, producer, handle, attributes) VALUES (?, ?, ?, ?, ?)",
      this.#owner,
      decryptor,
      producer.toString(),
      handle,
      attributes === undefined ? null : encodeStoredAttributes(attributes),
    );
  }

  async delete(decryptor: string): Promise<boolean> {
    const sql = "DELETE FROM kafka_key WHERE owner = ? AND decryptor = ?";
    return this.#database.run(sql, this.#owner, decryptor) > 0;
  }

  /** Undefined for a key that is not there. */
  groundsOf(decryptor: string): KafkaKeyGrounds | undefined {
    const row = this.#row(decryptor);
    if (row === undefined) return undefined;
    return {
      producer: Identifier.parse(textOf(row, "producer")),
      attributes: row["attributes"] === null ? undefined : decodeStoredAttributes(bytesOf(row, "attributes")),
    };
  }

  #row(decryptor: string): Row | undefined {
    const sql = "SELECT * FROM kafka_key WHERE owner = ? AND decryptor = ?";
    return this.#database.first(sql, this.#owner, decryptor);
  }
}
