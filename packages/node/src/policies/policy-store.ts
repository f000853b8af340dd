import type { Database } from "../state/database.ts";
import { textOf } from "../state/row.ts";

/** What a stored policy is about: a type of resources, or those of a name. */
export type PolicyScope = "type" | "resource";

/** A policy as it is kept. */
export interface StoredPolicy {
  readonly scope: PolicyScope;
  readonly name: string;
  /** In full form; empty for a type whose policy was deleted. */
  readonly expression: string;
}

/** Where a node keeps the policies that were set. */
export interface PolicyStore {
  put(policy: StoredPolicy): void;
  delete(scope: PolicyScope, name: string): void;
  list(): readonly StoredPolicy[];
}

/** Keeps nothing: of a node that never comes back. */
export const NO_POLICY_STORE: PolicyStore = { put: () => {}, delete: () => {}, list: () => [] };

/** The policies of one node, in the table `policy`. */
export class SqlitePolicyStore implements PolicyStore {
  readonly #database: Database;
  readonly #node: string;

  constructor(database: Database, node: string) {
    this.#database = database;
    this.#node = node;
  }

  put({ expression, name, scope }: StoredPolicy): void {
    this.#database.run(
      `INSERT INTO policy (node, scope, name, expression) VALUES (?, ?, ?, ?)
      ON CONFLICT (node, scope, name) DO UPDATE SET expression = excluded.expression`,
      this.#node,
      scope,
      name,
      expression,
    );
  }

  delete(scope: PolicyScope, name: string): void {
    const sql = "DELETE FROM policy WHERE node = ? AND scope = ? AND name = ?";
    this.#database.run(sql, this.#node, scope, name);
  }

  list(): readonly StoredPolicy[] {
    const sql = "SELECT scope, name, expression FROM policy WHERE node = ? ORDER BY scope, name";
    return this.#database.all(sql, this.#node).map((row) => ({
      scope: textOf(row, "scope") === "type" ? "type" : "resource",
      name: textOf(row, "name"),
      expression: textOf(row, "expression"),
    }));
  }
}
