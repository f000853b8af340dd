import { randomBytes } from "node:crypto";

import { decodeStoredAttributes, encodeStoredAttributes } from "@ockam/credentials";
import type { Attributes } from "@ockam/credentials";
import { Identifier } from "@ockam/identity";
import type { TopicKeyEntry, TopicKeyStorage } from "@ockam/portal-kafka";

import type { Database } from "./database.ts";
import { bytesOf, integerOf, textOf } from "./row.ts";
import type { Row } from "./row.ts";
import type { KafkaKeyGrounds } from "./sqlite-kafka-key-storage.ts";

/** As many as `SALT_LENGTH` of `@ockam/portal-kafka`, which is not loaded for it. */
const SALT_LENGTH = 16;

/** What a {@link SqliteTopicKeyStorage} works with. */
export interface TopicKeyStorageOptions {
  readonly database: Database;
  /** Whose keys these are. */
  readonly node: string;
  /** What is attested of a producer at present. */
  readonly attributesOf: (producer: Identifier) => Promise<Attributes | undefined>;
}

/** The topic keys of one node, in the table `kafka_topic_key`, and which inlets fetched them. */
export class SqliteTopicKeyStorage implements TopicKeyStorage {
  readonly #database: Database;
  readonly #node: string;
  readonly #attributesOf: TopicKeyStorageOptions["attributesOf"];

  constructor({ attributesOf, database, node }: TopicKeyStorageOptions) {
    this.#database = database;
    this.#node = node;
    this.#attributesOf = attributesOf;
  }

  async salt(): Promise<Uint8Array> {
    this.#database.run(
      "INSERT INTO kafka_key_salt (node, salt) VALUES (?, ?) ON CONFLICT (node) DO NOTHING",
      this.#node,
      randomBytes(SALT_LENGTH),
    );
    return bytesOf(
      this.#database.first("SELECT salt FROM kafka_key_salt WHERE node = ?", this.#node)!,
      "salt",
    );
  }

  async get(id: string): Promise<TopicKeyEntry | undefined> {
    const sql = "SELECT * FROM kafka_topic_key WHERE node = ? AND id = ?";
    const row = this.#database.first(sql, this.#node, id);
    return row === undefined ? undefined : entryOf(row);
  }

  async put({ id, isServed, keptUntil, producer, sealsUntil, topic }: TopicKeyEntry): Promise<void> {
    const attributes = await this.#attributesOf(producer);
    // What was attested when the key came stays with it.
    this.#database.run(
      `INSERT INTO kafka_topic_key (node, id, producer, topic, seals_until, kept_until, is_served, attributes)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (node, id) DO UPDATE SET producer = excluded.producer, topic = excluded.topic,
        seals_until = excluded.seals_until, kept_until = excluded.kept_until, is_served = excluded.is_served`,
      this.#node,
      id,
      producer.toString(),
      topic,
      sealsUntil,
      keptUntil,
      isServed ? 1 : 0,
      attributes === undefined ? null : encodeStoredAttributes(attributes),
    );
  }

  /** Whose key it is, and what was known of that producer when it came; undefined for a key that is not there. */
  groundsOf(id: string): KafkaKeyGrounds | undefined {
    const sql = "SELECT producer, attributes FROM kafka_topic_key WHERE node = ? AND id = ?";
    const row = this.#database.first(sql, this.#node, id);
    if (row === undefined) return undefined;
    return {
      producer: Identifier.parse(textOf(row, "producer")),
      attributes: row["attributes"] === null ? undefined : decodeStoredAttributes(bytesOf(row, "attributes")),
    };
  }

  /** Whether an inlet fetched a key. */
  isReader(inlet: string, id: string): boolean {
    const sql = "SELECT 1 FROM kafka_topic_key_reader WHERE node = ? AND id = ? AND inlet = ?";
    return this.#database.first(sql, this.#node, id, inlet) !== undefined;
  }

  /** An inlet fetched a key that is there. */
  addReader(inlet: string, id: string): void {
    this.#database.run(
      "INSERT INTO kafka_topic_key_reader (node, id, inlet) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      this.#node,
      id,
      inlet,
    );
  }

  /** Another inlet of that name has fetched nothing. */
  forgetReader(inlet: string): void {
    this.#database.run("DELETE FROM kafka_topic_key_reader WHERE node = ? AND inlet = ?", this.#node, inlet);
  }

  async delete(id: string): Promise<boolean> {
    const sql = "DELETE FROM kafka_topic_key WHERE node = ? AND id = ?";
    return this.#database.run(sql, this.#node, id) > 0;
  }

  async count(producer: Identifier): Promise<number> {
    const sql = "SELECT count(*) AS count FROM kafka_topic_key WHERE node = ? AND producer = ?";
    return integerOf(this.#database.first(sql, this.#node, producer.toString())!, "count");
  }

  async hasOrigin(origin: string): Promise<boolean> {
    // What is above all hex digits ends the range.
    const sql = "SELECT 1 FROM kafka_topic_key WHERE node = ? AND id >= ? AND id < ? LIMIT 1";
    return this.#database.first(sql, this.#node, origin, `${origin}g`) !== undefined;
  }

  async ended(at: number, limit: number): Promise<readonly TopicKeyEntry[]> {
    const sql = `SELECT * FROM kafka_topic_key WHERE node = ? AND kept_until <> 0 AND kept_until <= ?
      ORDER BY kept_until LIMIT ?`;
    return this.#database.all(sql, this.#node, at, limit).map(entryOf);
  }
}

function entryOf(row: Row): TopicKeyEntry {
  return {
    id: textOf(row, "id"),
    producer: Identifier.parse(textOf(row, "producer")),
    topic: textOf(row, "topic"),
    sealsUntil: integerOf(row, "seals_until"),
    keptUntil: integerOf(row, "kept_until"),
    isServed: integerOf(row, "is_served") === 1,
  };
}
