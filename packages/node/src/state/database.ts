import { closeSync, openSync } from "node:fs";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import { FILE_MODE, stateUnavailable } from "./home-folder.ts";
import { migrate } from "./migration.ts";
import type { Schema } from "./migration.ts";
import { nodeError } from "../node-error.ts";
import type { Row } from "./row.ts";

/** How long a statement waits for another process, ms. */
export const DATABASE_BUSY_TIMEOUT = 5000;

/** The path of a database that lives in memory. */
export const IN_MEMORY = ":memory:";

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOT_A_DATABASE = 26;
/** Read-only, failed to read or write, full, cannot be opened: the system's doing, not the file's. */
const SQLITE_UNAVAILABLE: ReadonlySet<number | undefined> = new Set([8, 10, 13, 14]);

/**
 * A SQLite file for several processes: write-ahead log, waiting instead of failing when it is busy, every commit on
 * the disk before it returns. A process that is killed leaves the last commit.
 */
export class Database implements Disposable {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;
  #isOpen = true;

  private constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /**
   * Opens or creates the file with mode 0600 and brings its tables up to date.
   * @throws OckamError OCKAM_NODE_STATE_DAMAGED, OCKAM_NODE_STATE_FOREIGN, OCKAM_NODE_STATE_TOO_NEW,
   * OCKAM_NODE_STATE_BUSY, OCKAM_NODE_STATE_UNAVAILABLE
   */
  static open(path: string, schema: Schema): Database {
    // Made before SQLite does, since it copies this file's mode to those beside it.
    if (path !== IN_MEMORY) makeFile(path);
    // Not imported: what is bundled with this loads on a Node.js without SQLite, too, and can say so.
    const sqlite = process.getBuiltinModule("node:sqlite");
    const database = new Database(
      reporting(path, () => new sqlite.DatabaseSync(path)),
      path,
    );
    try {
      database.execute(`PRAGMA busy_timeout = ${DATABASE_BUSY_TIMEOUT}`);
      migrate(database, schema, path);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Runs statements without parameters. */
  execute(sql: string): void {
    reporting(this.#path, () => this.#database.exec(sql));
  }

  /** Runs one statement and says how many rows it changed. */
  run(sql: string, ...parameters: SQLInputValue[]): number {
    return Number(reporting(this.#path, () => this.#prepare(sql).run(...parameters)).changes);
  }

  /** The first row. */
  first(sql: string, ...parameters: SQLInputValue[]): Row | undefined {
    return reporting(this.#path, () => this.#prepare(sql).get(...parameters));
  }

  /** All rows. */
  all(sql: string, ...parameters: SQLInputValue[]): readonly Row[] {
    return reporting(this.#path, () => this.#prepare(sql).all(...parameters));
  }

  /** Runs `body` with the file locked against other writers: all of it takes effect, or nothing when it throws. */
  transaction<Result>(body: () => Result): Result {
    if (this.#inTransaction) return body();
    this.execute("BEGIN IMMEDIATE");
    this.#inTransaction = true;
    try {
      const result = body();
      this.execute("COMMIT");
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has done it already, as when the disk is full.
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function reporting<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const reason = sqliteCode(error);
    if (reason === SQLITE_CORRUPT || reason === SQLITE_NOT_A_DATABASE)
      throw nodeError(
        "STATE_DAMAGED",
        `${path} is damaged: bring it back from a backup, or start afresh with "ockam reset"`,
        { cause: error },
      );
    if (reason === SQLITE_BUSY)
      throw nodeError("STATE_BUSY", `${path} has been locked by another process for too long; try again`, {
        cause: error,
      });
    if (SQLITE_UNAVAILABLE.has(reason)) throw stateUnavailable(path, error);
    throw error;
  }
}

function makeFile(path: string): void {
  try {
    closeSync(openSync(path, "a", FILE_MODE));
  } catch (error) {
    throw stateUnavailable(path, error);
  }
}

/** The primary result code, without the extension in the upper bits. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
