import { randomUUID } from "node:crypto";
import { closeSync, existsSync, openSync, rmSync, statSync } from "node:fs";
import type { DatabaseSync, DatabaseSyncOptions, SQLInputValue, StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";

import { isOckamError } from "@ockam/codec";

import { diskFull, errnoOf, FILE_MODE, giveName, obstacleTo, stateUnavailable } from "./home-folder.ts";
import { isCurrent, migrate, stateDamaged } from "./migration.ts";
import type { Journal, Schema } from "./migration.ts";
import { nodeError } from "../node-error.ts";
import type { Row } from "./row.ts";
import { expectWholeLog, hasLog } from "./write-ahead-log.ts";

/**
 * How long a statement waits for other processes, ms. SQLite does not keep a queue: of a hundred commands at once, each
 * with some commits, the last one may have to wait for all the others, on a slow disk.
 */
export const DATABASE_BUSY_TIMEOUT = 60_000;

/** How long is waited for the end of commands that just use a file which nobody else may have open, ms. */
const ALONE_TIMEOUT = 1000;

/** The smallest page of SQLite, bytes; it takes a file of a byte or none for one in which nothing is yet. */
const SHORTEST_DATABASE = 512;

/** The path of a database that lives in memory. */
export const IN_MEMORY = ":memory:";

/** What SQLite keeps beside a file. */
export const COMPANIONS: readonly string[] = ["-wal", "-shm"];

const SQLITE_BUSY = 5;
const SQLITE_READ_ONLY = 8;
const SQLITE_IO_ERROR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANNOT_OPEN = 14;
const SQLITE_NOT_A_DATABASE = 26;
/** The system's doing, not the file's. */
const SQLITE_UNAVAILABLE: ReadonlySet<number | undefined> = new Set([
  SQLITE_READ_ONLY,
  SQLITE_IO_ERROR,
  SQLITE_CANNOT_OPEN,
]);
/** There is no room for the index of the log (SQLITE_IOERR_SHMSIZE). */
const SQLITE_NO_ROOM_FOR_INDEX = 4874;

interface Preparation {
  readonly schema: Schema;
  readonly journal?: Journal;
  readonly obstacle?: Error;
}

/**
 * A SQLite file for several processes: write-ahead log, waiting instead of failing when it is busy, every commit on
 * the disk before it returns. A process that is killed leaves the last commit. A file comes to be with all its tables,
 * or not at all; so an empty one is damage. One that can only be read is opened for reading.
 */
export class Database implements Disposable {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #schema: Schema;
  /** Why the file can only be read. */
  readonly #obstacle: Error | undefined;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;
  #isOpen = true;

  private constructor(database: DatabaseSync, path: string, { schema, obstacle }: Preparation) {
    this.#database = database;
    this.#path = path;
    this.#schema = schema;
    this.#obstacle = obstacle;
  }

  /**
   * Opens the file, or creates it with mode 0600, and brings its tables up to date.
   * @throws OckamError OCKAM_NODE_STATE_DAMAGED, OCKAM_NODE_STATE_FOREIGN, OCKAM_NODE_STATE_TOO_NEW,
   * OCKAM_NODE_STATE_BUSY, OCKAM_NODE_STATE_UNAVAILABLE, OCKAM_NODE_DISK_FULL
   */
  static open(path: string, schema: Schema): Database {
    if (path === IN_MEMORY) return Database.#prepared(connect(path, schema), path, { schema });
    if (!existsSync(path)) create(path, schema);
    return Database.openExisting(path, schema);
  }

  /** As {@link Database.open}, but a file that is missing is OCKAM_NODE_STATE_UNAVAILABLE. */
  static openExisting(path: string, schema: Schema): Database {
    try {
      expectContent(path, schema);
      return Database.#prepared(connect(path, schema), path, { schema });
    } catch (error) {
      const forReading = error instanceof Error ? openForReading(path, error) : undefined;
      if (!(error instanceof Error) || forReading === undefined) throw error;
      return Database.#prepared(forReading, path, { schema, obstacle: error });
    }
  }

  /**
   * Opens a file that nobody else has heard of, without a log beside it, and brings its tables up to date.
   * @throws OckamError as {@link Database.open}
   */
  static openDraft(path: string, schema: Schema): Database {
    return Database.#prepared(connect(path, schema), path, { schema, journal: "DELETE" });
  }

  /**
   * Opens a file to look at it: nothing is made, changed or waited for. Undefined when there is none that this version
   * can read.
   */
  static peek(path: string, schema: Schema): Database | undefined {
    if (!existsSync(path)) return undefined;
    let database: Database | undefined;
    try {
      database = new Database(connectForReading(path), path, { schema });
      if (isCurrent(database, schema)) return database;
    } catch {
      // Who needs the file is told what is wrong with it.
    }
    database?.close();
    return undefined;
  }

  static #prepared(opened: DatabaseSync, path: string, how: Preparation): Database {
    const database = new Database(opened, path, how);
    try {
      database.execute(`PRAGMA busy_timeout = ${DATABASE_BUSY_TIMEOUT}`);
      migrate(database, how.schema, path, how.journal);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Runs statements without parameters. */
  execute(sql: string): void {
    this.#reporting(() => this.#database.exec(sql));
  }

  /** Runs one statement and says how many rows it changed. */
  run(sql: string, ...parameters: SQLInputValue[]): number {
    return Number(this.#reporting(() => this.#prepare(sql).run(...parameters)).changes);
  }

  /** The first row. */
  first(sql: string, ...parameters: SQLInputValue[]): Row | undefined {
    return this.#reporting(() => this.#prepare(sql).get(...parameters));
  }

  /** All rows. */
  all(sql: string, ...parameters: SQLInputValue[]): readonly Row[] {
    return this.#reporting(() => this.#prepare(sql).all(...parameters));
  }

  /** Runs `body` with the file locked against other writers: all of it takes effect, or nothing when it throws. */
  transaction<Result>(body: () => Result): Result {
    return this.#within("BEGIN IMMEDIATE", body);
  }

  /** Runs `body`, which reads, on one state of the file, whatever others write meanwhile. */
  snapshot<Result>(body: () => Result): Result {
    return this.#within("BEGIN", body);
  }

  /**
   * Puts what is in the log into the file, which needs nothing beside it from then on; false when another process has it
   * open.
   */
  becomeOneFile(): boolean {
    this.execute(`PRAGMA busy_timeout = ${ALONE_TIMEOUT}`);
    try {
      return this.first("PRAGMA journal_mode = DELETE")?.["journal_mode"] === "delete";
    } catch (error) {
      if (isOckamError(error, "OCKAM_NODE_STATE_BUSY")) return false;
      throw error;
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

  #within<Result>(begin: string, body: () => Result): Result {
    if (this.#inTransaction) return body();
    this.execute(begin);
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

  #reporting<Result>(action: () => Result): Result {
    try {
      return reporting(this.#path, this.#schema, action);
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      throw primary(sqliteCode(cause)) === SQLITE_READ_ONLY ? (this.#obstacle ?? error) : error;
    }
  }
}

function connect(path: string, schema: Schema): DatabaseSync {
  return reporting(path, schema, () => newDatabase(path, {}));
}

/** Not imported: what is bundled with this loads on a Node.js without SQLite, too, and can say so. */
function newDatabase(path: string | URL, options: DatabaseSyncOptions): DatabaseSync {
  const sqlite = process.getBuiltinModule("node:sqlite");
  return new sqlite.DatabaseSync(path, options);
}

/** Makes the file elsewhere first, so that nobody ever sees half of it, whoever is killed when. */
function create(path: string, schema: Schema): void {
  const draft = `${path}-new-${randomUUID().slice(0, 8)}`;
  try {
    closeSync(openSync(draft, "wx", FILE_MODE));
    {
      using database = Database.openDraft(draft, schema);
      // Nothing but a mark in the file; to set it in its place would take it for oneself.
      database.execute("PRAGMA journal_mode = WAL");
    }
    giveName(draft, path);
  } catch (error) {
    // Another process may have been faster.
    if (errnoOf(error) !== "EEXIST")
      throw errnoOf(error) === undefined ? error : stateUnavailable(path, error);
  } finally {
    for (const suffix of ["", "-journal", ...COMPANIONS]) rmSync(draft + suffix, { force: true });
  }
}

function expectContent(path: string, schema: Schema): void {
  try {
    const found = statSync(path);
    if (found.isFile() && found.size < SHORTEST_DATABASE)
      throw stateDamaged(path, schema, new Error("it is shorter than any database"));
    expectWholeLog(path, schema);
  } catch (error) {
    throw errnoOf(error) === undefined ? error : stateUnavailable(path, error);
  }
}

/**
 * The file as it is, if `error` came of what is forbidden to us, or of no room, and nothing waits in the log: SQLite
 * reads no log that it cannot make an index for.
 */
function openForReading(path: string, error: Error): DatabaseSync | undefined {
  if (!SQLITE_UNAVAILABLE.has(primary(sqliteCode(error.cause))) || hasLog(path)) return undefined;
  try {
    return connectForReading(path);
  } catch {
    return undefined;
  }
}

/** Leaves nothing beside the file that was not there: the index of a log is there already when somebody writes one. */
function connectForReading(path: string): DatabaseSync {
  const address = pathToFileURL(path);
  if (!hasLog(path)) address.searchParams.set("immutable", "1");
  return newDatabase(address, { readOnly: true });
}

function reporting<Result>(path: string, schema: Schema, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const code = sqliteCode(error);
    const reason = primary(code);
    if (reason === SQLITE_CORRUPT || reason === SQLITE_NOT_A_DATABASE)
      throw stateDamaged(path, schema, error);
    if (reason === SQLITE_BUSY)
      throw nodeError("STATE_BUSY", `${path} has been locked by another process for too long; try again`, {
        cause: error,
      });
    if (reason === SQLITE_FULL || code === SQLITE_NO_ROOM_FOR_INDEX) throw diskFull(path, error);
    if (SQLITE_UNAVAILABLE.has(reason)) throw stateUnavailable(path, error, obstacleTo(path));
    throw error;
  }
}

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}

/** Without the extension in the upper bits. */
function primary(code: number | undefined): number | undefined {
  return code === undefined ? undefined : code & 0xff;
}
