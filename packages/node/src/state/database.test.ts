import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { isOckamError } from "@ockam/codec";
import { describe, expect, test, vi } from "vitest";

import { temporaryHome } from "../../testing/temporary-home.ts";
import { Database, DATABASE_BUSY_TIMEOUT, IN_MEMORY } from "./database.ts";
import type { Schema } from "./migration.ts";
import { integerOf, textOf } from "./row.ts";

const FIRST: Schema = {
  applicationId: 77,
  whenDamaged: 'run "ockam reset"',
  steps: ["CREATE TABLE a (x TEXT NOT NULL) STRICT"],
};
const SECOND: Schema = { ...FIRST, steps: [...FIRST.steps, "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 5"] };

describe("files", () => {
  test("only the owner may read them, also those beside", () => {
    using home = temporaryHome();
    const path = join(home.path, "a");
    using database = Database.open(path, FIRST);
    database.run("INSERT INTO a VALUES ('z')");
    for (const suffix of ["", "-wal", "-shm"]) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
  });

  test("a later version finds what an earlier one wrote", () => {
    using home = temporaryHome();
    const path = join(home.path, "a");
    {
      using database = Database.open(path, FIRST);
      database.run("INSERT INTO a VALUES ('z')");
    }
    using database = Database.open(path, SECOND);
    const row = database.first("SELECT * FROM a")!;
    expect([textOf(row, "x"), integerOf(row, "y")]).toEqual(["z", 5]);
  });

  test("an earlier version refuses what a later one wrote", () => {
    using home = temporaryHome();
    const path = join(home.path, "a");
    Database.open(path, SECOND).close();
    expect(() => Database.open(path, FIRST)).toThrow(/newer version/);
  });

  test("the file of another program is refused and left as it is", () => {
    using home = temporaryHome();
    const path = join(home.path, "a");
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE _sqlx_migrations (version INTEGER)");
    other.close();
    expect(() => Database.open(path, FIRST)).toThrow(/another program/);
    const after = new DatabaseSync(path);
    expect(after.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
    after.close();
  });

  test("a damaged file is told as such", () => {
    using home = temporaryHome();
    const path = join(home.path, "a");
    writeFileSync(
      path,
      "this is no database, and it is long enough for SQLite to see that it is none".repeat(20),
    );
    const attempt = (): unknown => Database.open(path, FIRST);
    expect(attempt).toThrow(/ockam reset/);
    try {
      attempt();
    } catch (error) {
      expect(isOckamError(error, "OCKAM_NODE_STATE_DAMAGED")).toBe(true);
    }
  });
});

describe("transactions", () => {
  test("take effect as a whole or not at all", () => {
    using database = Database.open(IN_MEMORY, FIRST);
    expect(() =>
      database.transaction(() => {
        database.run("INSERT INTO a VALUES ('z')");
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(database.all("SELECT * FROM a")).toEqual([]);
    database.transaction(() => database.transaction(() => database.run("INSERT INTO a VALUES ('z')")));
    expect(database.all("SELECT * FROM a")).toHaveLength(1);
  });

  test("wait for others, but not for ever", () => {
    using home = temporaryHome();
    const path = join(home.path, "a");
    using database = Database.open(path, FIRST);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    // The wait itself would block this process: SQLite is told to give up at once.
    database.execute("PRAGMA busy_timeout = 1");
    const body = vi.fn();
    expect(() => database.transaction(body)).toThrow(/locked by another process/);
    expect(body).not.toHaveBeenCalled();
    other.close();
    database.transaction(body);
    expect(body).toHaveBeenCalledOnce();
  });

  test("wait as long as they should", () => {
    using database = Database.open(IN_MEMORY, FIRST);
    expect(database.first("PRAGMA busy_timeout")).toEqual({ timeout: DATABASE_BUSY_TIMEOUT });
    using home = temporaryHome();
    using file = Database.open(join(home.path, "a"), FIRST);
    // 2 is FULL: a commit is on the disk.
    expect(file.first("PRAGMA synchronous")).toEqual({ synchronous: 2 });
    expect(file.first("PRAGMA secure_delete")).toEqual({ secure_delete: 1 });
  });
});
