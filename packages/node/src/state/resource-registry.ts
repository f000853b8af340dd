import type { Database } from "./database.ts";
import { textOf } from "./row.ts";

/** What a restarted node brings back, in this order. */
export const RESOURCE_KINDS = [
  "hop",
  "secure-channel-listener",
  "tcp-listener",
  "tcp-connection",
  "secure-channel",
  "tcp-outlet",
  "kafka-outlet",
  "relay",
  "tcp-inlet",
  "kafka-inlet",
] as const;

export type ResourceKind = (typeof RESOURCE_KINDS)[number];

/** Something that a node was told to have: what was asked for, with the choices that the node made. */
export interface Resource<Definition> {
  readonly name: string;
  readonly definition: Definition;
}

/** Where a node keeps what it was told to have. */
export interface Resources {
  put(kind: ResourceKind, name: string, definition: object): void;
  delete(kind: ResourceKind, name: string): void;
  /** In the order of creation, in the form that {@link put} was given. */
  list<Definition>(kind: ResourceKind): readonly Resource<Definition>[];
}

/** Keeps nothing: of a node that never comes back. */
export const NO_RESOURCES: Resources = { put: () => {}, delete: () => {}, list: () => [] };

/** What one node has, in the table `resource`. */
export class ResourceRegistry implements Resources {
  readonly #database: Database;
  readonly #node: string;

  constructor(database: Database, node: string) {
    this.#database = database;
    this.#node = node;
  }

  put(kind: ResourceKind, name: string, definition: object): void {
    this.#database.run(
      `INSERT INTO resource (node, kind, name, position, definition)
      VALUES (?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM resource WHERE node = ?), ?)
      ON CONFLICT (node, kind, name) DO UPDATE SET definition = excluded.definition`,
      this.#node,
      kind,
      name,
      this.#node,
      JSON.stringify(definition),
    );
  }

  delete(kind: ResourceKind, name: string): void {
    const sql = "DELETE FROM resource WHERE node = ? AND kind = ? AND name = ?";
    this.#database.run(sql, this.#node, kind, name);
  }

  list<Definition>(kind: ResourceKind): readonly Resource<Definition>[] {
    const sql = "SELECT name, definition FROM resource WHERE node = ? AND kind = ? ORDER BY position";
    return this.#database.all(sql, this.#node, kind).map((row) => ({
      name: textOf(row, "name"),
      definition: JSON.parse(textOf(row, "definition")) as Definition,
    }));
  }
}
