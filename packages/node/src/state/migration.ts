import { nodeError } from "../node-error.ts";
import { integerOf } from "./row.ts";
import type { Row } from "./row.ts";

/** What a migration needs of a database. */
export interface MigrationTarget {
  execute(sql: string): void;
  first(sql: string): Row | undefined;
  transaction(body: () => void): void;
}

/** The tables of a kind of file, as the steps that led to them. A step, once released, never changes. */
export interface Schema {
  /** Marks the file as one of ours (SQLite's `application_id`), so that another program's is never touched. */
  readonly applicationId: number;
  /** Step `n` brings version `n` to `n + 1` (SQLite's `user_version`). */
  readonly steps: readonly string[];
}

/**
 * Brings a file up to date, one transaction for all steps.
 * @throws OckamError OCKAM_NODE_STATE_FOREIGN, OCKAM_NODE_STATE_TOO_NEW
 */
export function migrate(database: MigrationTarget, schema: Schema, path: string): void {
  if (isCurrent(database, schema)) {
    configure(database);
    return;
  }
  refuseForeign(database, schema, path);
  configure(database);
  database.transaction(() => {
    refuseForeign(database, schema, path);
    const version = pragma(database, "user_version");
    if (version > schema.steps.length)
      throw nodeError(
        "STATE_TOO_NEW",
        `${path} was written by a newer version of Ockam; use that one, or set OCKAM_HOME to another folder`,
      );
    for (const step of schema.steps.slice(version)) database.execute(step);
    database.execute(`PRAGMA application_id = ${schema.applicationId}`);
    database.execute(`PRAGMA user_version = ${schema.steps.length}`);
  });
}

function isCurrent(database: MigrationTarget, schema: Schema): boolean {
  return (
    pragma(database, "application_id") === schema.applicationId &&
    pragma(database, "user_version") === schema.steps.length
  );
}

function refuseForeign(database: MigrationTarget, schema: Schema, path: string): void {
  if (pragma(database, "application_id") === schema.applicationId) return;
  const tables = database.first("SELECT count(*) AS count FROM sqlite_schema");
  if (tables === undefined || integerOf(tables, "count") === 0) return;
  throw nodeError(
    "STATE_FOREIGN",
    `${path} belongs to another program, such as the Rust version of Ockam; set OCKAM_HOME to a folder of its own`,
  );
}

function configure(database: MigrationTarget): void {
  database.execute("PRAGMA journal_mode = WAL");
  database.execute("PRAGMA synchronous = FULL");
  // Deleted secrets are overwritten.
  database.execute("PRAGMA secure_delete = ON");
}

function pragma(database: MigrationTarget, name: "application_id" | "user_version"): number {
  const row = database.first(`PRAGMA ${name}`);
  return row === undefined ? 0 : integerOf(row, name);
}
