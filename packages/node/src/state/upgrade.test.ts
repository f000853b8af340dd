import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { codeOf } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import { Database } from "./database.ts";
import type { Schema } from "./migration.ts";
import { STATE_SCHEMA } from "./schema.ts";
import { DATABASE_FILE, SqliteState } from "./sqlite-state.ts";

/** How many processes open a state at once: 4, a hundred with OCKAM_TEST_SCALE=25 and more. */
const PROCESSES = Math.min(100, 4 * Math.max(1, Number(process.env["OCKAM_TEST_SCALE"] ?? 1)));

const FIXTURES = fileURLToPath(new URL("../../testing/state-versions/", import.meta.url));
const CURRENT = STATE_SCHEMA.steps.length;
const OLDER = Array.from({ length: CURRENT - 1 }, (_, index) => index + 1);

type Tables = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** A state folder as that version left it. */
function homeOf(version: number): ReturnType<typeof temporaryHome> & { readonly file: string } {
  const home = temporaryHome();
  const file = join(home.path, DATABASE_FILE);
  const database = new DatabaseSync(file);
  database.exec(readFileSync(join(FIXTURES, `version-${version}.sql`), "utf8"));
  database.exec("PRAGMA journal_mode = WAL");
  database.close();
  return { ...home, file, [Symbol.dispose]: () => home[Symbol.dispose]() };
}

/** All rows of all tables. */
function tablesOf(file: string): Tables {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    return Object.fromEntries(
      names.map(({ name }) => [String(name), database.prepare(`SELECT * FROM ${String(name)}`).all()]),
    );
  } finally {
    database.close();
  }
}

function versionOf(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare("PRAGMA user_version").get()?.["user_version"];
  } finally {
    database.close();
  }
}

test("there is a state of each older version, with something in each table", () => {
  expect(readdirSync(FIXTURES).toSorted()).toEqual(OLDER.map((version) => `version-${version}.sql`));
  for (const version of OLDER) {
    using home = homeOf(version);
    for (const [name, rows] of Object.entries(tablesOf(home.file))) expect(rows, name).not.toEqual([]);
  }
});

describe.each(OLDER)("a state of version %i", (version) => {
  test("is brought up to date, and nothing of it is lost", async () => {
    using home = homeOf(version);
    const before = tablesOf(home.file);
    {
      using state = SqliteState.open({ home: home.path });
      expect(state.identities.list().map(({ name, isDefault }) => [name, isDefault])).toEqual([
        ["bank", true],
        ["shop", false],
        ["partner", false],
      ]);
      for (const name of ["bank", "shop"]) {
        const { identities, identifier } = state.identities.open(name);
        expect(await identities.hasSigningKey(identifier)).toBe(true);
      }
      expect(state.nodes.get("n1")).toMatchObject({
        identityName: "bank",
        status: "stopped",
        options: { tcpListenerAddress: "127.0.0.1:4000", statusEndpoint: "off" },
      });
      const kinds = [
        ...state.nodes.resources("n1").list("tcp-outlet"),
        ...state.nodes.resources("n1").list("tcp-inlet"),
      ];
      expect(kinds.map(({ name }) => name)).toEqual(["db", "web"]);
      expect(state.database.first("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
      expect(state.database.all("PRAGMA foreign_key_check")).toEqual([]);
    }
    expect(versionOf(home.file)).toBe(CURRENT);
    const after = tablesOf(home.file);
    for (const [table, rows] of Object.entries(before))
      expect(after[table]).toEqual(rows.map((row) => expect.objectContaining(row)));
  });

  test("stays what it was when a step fails", () => {
    using home = homeOf(version);
    const before = tablesOf(home.file);
    const broken: Schema = {
      ...STATE_SCHEMA,
      steps: [...STATE_SCHEMA.steps, "CREATE TABLE half (x TEXT) STRICT; INSERT INTO nowhere VALUES (1)"],
    };
    expect(() => Database.open(home.file, broken)).toThrow(/nowhere/);
    expect([versionOf(home.file), tablesOf(home.file)]).toEqual([version, before]);
    SqliteState.open({ home: home.path }).close();
    expect(versionOf(home.file)).toBe(CURRENT);
  });

  test("is brought up to date while a process of that version has it open, which goes on", () => {
    using home = homeOf(version);
    const old = new DatabaseSync(home.file);
    const add = old.prepare(
      "INSERT INTO resource (node, kind, name, position, definition) VALUES (?, ?, ?, ?, ?)",
    );
    const read = old.prepare("SELECT name FROM node ORDER BY name");
    // It is in the middle of reading.
    old.exec("BEGIN");
    expect(read.all()).toEqual([{ name: "n1" }, { name: "n2" }]);
    using state = SqliteState.open({ home: home.path });
    expect(read.all()).toEqual([{ name: "n1" }, { name: "n2" }]);
    old.exec("COMMIT");
    add.run("n2", "tcp-outlet", "late", 1, "{}");
    expect(state.nodes.resources("n2").list("tcp-outlet")).toHaveLength(1);
    expect(old.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
    old.close();
  });
});

test("a state of a newer version is refused, and left as it is", async () => {
  using home = homeOf(1);
  const newer = new DatabaseSync(home.file);
  newer.exec(`PRAGMA user_version = ${CURRENT + 1}`);
  newer.close();
  const before = tablesOf(home.file);
  expect(await codeOf(() => SqliteState.open({ home: home.path }))).toBe("OCKAM_NODE_STATE_TOO_NEW");
  expect([versionOf(home.file), tablesOf(home.file)]).toEqual([CURRENT + 1, before]);
});

test.each(["none", "an old one"])(
  `${PROCESSES} processes at once, where there is %s`,
  async (before) => {
    using home = before === "none" ? temporaryHome() : homeOf(1);
    const script = fileURLToPath(new URL("../../testing/open-state.ts", import.meta.url));
    const children = Array.from({ length: PROCESSES }, () =>
      fork(script, { env: { ...process.env, OCKAM_HOME: home.path } }),
    );
    await Promise.all(children.map((child) => once(child, "message")));
    const answers = await Promise.all(
      children.map(async (child, index) => {
        const answer = once(child, "message");
        // Every other one wants the same identity.
        child.send(index % 2 === 0 ? "same" : `i${index}`);
        return (await answer)[0] as { readonly identifier?: string; readonly error?: string };
      }),
    );
    expect(answers.flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(new Set(answers.map(({ identifier }) => identifier)).size).toBe(PROCESSES / 2 + 1);
    expect(readdirSync(home.path).filter((name) => name.includes("-new-"))).toEqual([]);
    using state = SqliteState.open({ home: home.path });
    expect(state.database.first("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
    // What lost the race to be the same left nothing.
    const own = before === "none" ? 0 : 3;
    expect(state.database.all("SELECT * FROM identity")).toHaveLength(PROCESSES / 2 + 1 + own);
  },
  60_000 + PROCESSES * 3000,
);
