import { nodeError } from "../node-error.ts";
import { integerOf } from "./row.ts";
import type { Row } from "./row.ts";

/** What a migration needs of a database. */
export interface MigrationTarget {
  execute(sql: string): void;
  first(sql: string): Row | undefined;
  transaction(body: () => void): void;
  snapshot<Result>(body: () => Result): Result;
}

/** How SQLite makes sure that a commit is whole: `DELETE` needs no file but one while nobody writes. */
export type Journal = "WAL" | "DELETE";

/** The tables of a kind of file, as the steps that led to them. A step, once released, never changes. */
export interface Schema {
  /** Marks the file as one of ours (SQLite's `application_id`), so that another program's is never touched. */
  readonly applicationId: number;
  /** Step `n` brings version `n` to `n + 1` (SQLite's `user_version`). */
  readonly steps: readonly string[];
  /** What to do about a file that cannot be read any more. */
  readonly whenDamaged: string;
}

/** The error for a file whose content cannot be what we wrote. */
export function stateDamaged(path: string, schema: Schema, cause?: unknown): Error {
  return nodeError("STATE_DAMAGED", `${path} is damaged: ${schema.whenDamaged}`, { cause });
}

/**
 * Brings a file up to date, one transaction for all steps.
 * @throws OckamError OCKAM_NODE_STATE_FOREIGN, OCKAM_NODE_STATE_TOO_NEW
 */
export function migrate(
  database: MigrationTarget,
  schema: Schema,
  path: string,
  journal: Journal = "WAL",
): void {
  // All of it from one state of the file: another process may be just at it.
  if (database.snapshot(() => versionOf(database, schema, path)) === schema.steps.length) {
    configure(database, journal);
    return;
  }
  configure(database, journal);
  database.transaction(() => {
    const version = versionOf(database, schema, path);
    for (const step of schema.steps.slice(version)) database.execute(step);
    database.execute(`PRAGMA application_id = ${schema.applicationId}`);
    database.execute(`PRAGMA user_version = ${schema.steps.length}`);
  });
}

/** Whether the file is one of ours, and as this version has it. */
export function isCurrent(database: Pick<MigrationTarget, "first">, schema: Schema): boolean {
  return (
    pragma(database, "application_id") === schema.applicationId &&
    pragma(database, "user_version") === schema.steps.length
  );
}

/** 0: nothing is in the file. */
function versionOf(database: MigrationTarget, schema: Schema, path: string): number {
  if (pragma(database, "application_id") !== schema.applicationId) {
    const tables = database.first("SELECT count(*) AS count FROM sqlite_schema");
    if (tables === undefined || integerOf(tables, "count") === 0) return 0;
    throw nodeError(
      "STATE_FOREIGN",
      `${path} belongs to another program, such as the Rust version of Ockam; set OCKAM_HOME to a folder of its own`,
    );
  }
  const version = pragma(database, "user_version");
  if (version <= schema.steps.length) return version;
  throw nodeError(
    "STATE_TOO_NEW",
    `${path} was written by a newer version of Ockam; use that one, or set OCKAM_HOME to another folder`,
  );
}

function configure(database: MigrationTarget, journal: Journal): void {
  database.execute(`PRAGMA journal_mode = ${journal}`);
  database.execute("PRAGMA synchronous = FULL");
  // Deleted secrets are overwritten.
  database.execute("PRAGMA secure_delete = ON");
}

function pragma(database: Pick<MigrationTarget, "first">, name: "application_id" | "user_version"): number {
  const row = database.first(`PRAGMA ${name}`);
  return row === undefined ? 0 : integerOf(row, name);
}
