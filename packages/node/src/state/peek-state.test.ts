import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect, test } from "vitest";

import { temporaryHome } from "../../testing/temporary-home.ts";
import { openState, peekState } from "./sqlite-state.ts";

/** All files of a folder with what is in them. */
function contents(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]),
  );
}

test("a look makes no folder", () => {
  using home = temporaryHome();
  const path = join(home.path, "state");
  expect(peekState({ home: path })).toBeUndefined();
  expect(existsSync(path)).toBe(false);
});

test("a look sees what is there, and changes nothing", async () => {
  using home = temporaryHome();
  {
    using state = openState({ home: home.path });
    await state.identities.create({ name: "bank" });
  }
  const before = contents(home.path);
  {
    using peeked = peekState({ home: home.path });
    expect(peeked?.identities.list().map(({ name }) => name)).toEqual(["bank"]);
    expect(peeked?.nodes.list()).toEqual([]);
    expect(() => peeked?.vaults.create({ name: "v" })).toThrow(/readonly|cannot be used/);
  }
  expect(contents(home.path)).toEqual(before);
});

test("a look sees what others have just written", async () => {
  using home = temporaryHome();
  using state = openState({ home: home.path });
  await state.identities.create({ name: "bank" });
  using peeked = peekState({ home: home.path });
  expect(peeked?.identities.find("bank")?.name).toBe("bank");
});

test("a file of another version, of another program, or damaged, is none", () => {
  using home = temporaryHome();
  openState({ home: home.path }).close();
  const path = join(home.path, "database.sqlite3");
  for (const pragma of ["user_version = 99", "user_version = 1", "application_id = 7"]) {
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA ${pragma}`);
    database.close();
    expect(peekState({ home: home.path }), pragma).toBeUndefined();
  }
  writeFileSync(path, "no database");
  expect(peekState({ home: home.path })).toBeUndefined();
});
