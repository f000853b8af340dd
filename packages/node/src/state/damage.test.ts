// What the disk does to the state: no room, damage, a home that is none. Never a new identity in silence.
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { isOckamError } from "@ockam/codec";
import { afterEach, describe, expect, test, vi } from "vitest";

import { codeOf } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import { homeFolder } from "./home-folder.ts";
import { DATABASE_FILE, openState, SqliteState } from "./sqlite-state.ts";

const NAMES = ["a", "b", "c"];

interface Home extends Disposable {
  readonly path: string;
  readonly file: string;
}

/** A state with identities, the last of which has its keys in a file of its own. */
async function homeWithIdentities(): Promise<Home> {
  const home = temporaryHome();
  using state = openState({ home: home.path });
  for (const name of NAMES) await state.identities.create({ name, ...(name === "c" ? { vault: "v" } : {}) });
  return {
    path: home.path,
    file: join(home.path, DATABASE_FILE),
    [Symbol.dispose]: () => home[Symbol.dispose](),
  };
}

/** What commands do: look, then create. The code of the failure, or the names. */
async function use(home: string): Promise<string | readonly string[]> {
  try {
    using state = openState({ home });
    const names = state.identities.list().map(({ name }) => name);
    state.nodes.list();
    await state.identities.getDefault();
    return names;
  } catch (error) {
    if (isOckamError(error)) return error.code;
    throw error;
  }
}

function random(length: number, seed: number): Uint8Array {
  let state = seed + 1;
  return Uint8Array.from({ length }, () => (state = (state * 48_271) % 2_147_483_647) & 0xff);
}

describe("a damaged database", () => {
  test("with random bytes in any page is told, or has what it had", async () => {
    using home = await homeWithIdentities();
    const whole = readFileSync(home.file);
    const pageSize = whole.readUInt16BE(16);
    const outcomes: (string | readonly string[])[] = [];
    for (let page = 0; page * pageSize < whole.length; page++) {
      const damaged = Buffer.from(whole);
      damaged.set(random(pageSize, page), page * pageSize);
      writeFileSync(home.file, damaged);
      outcomes.push(await use(home.path));
    }
    const told = outcomes.filter((outcome) => typeof outcome === "string");
    expect(new Set(told)).toEqual(new Set(["OCKAM_NODE_STATE_DAMAGED"]));
    expect(told.length).toBeGreaterThan(3);
    // Pages of tables that nobody asked for make no difference.
    for (const outcome of outcomes) if (typeof outcome !== "string") expect(outcome).toEqual(NAMES);
  });

  test.each([
    ["nothing", 0],
    ["one byte", 1],
    ["half a header", 50],
    ["one page", 4096],
    ["half", 0.5],
  ])("of which %s is left is told, and stays as it is", async (_, left) => {
    using home = await homeWithIdentities();
    const { length } = readFileSync(home.file);
    truncateSync(home.file, left < 1 ? Math.floor(length * left) : left);
    const before = readFileSync(home.file);
    expect(await use(home.path)).toBe("OCKAM_NODE_STATE_DAMAGED");
    expect(readFileSync(home.file)).toEqual(before);
    expect(() => openState({ home: home.path }).nodes.list()).toThrow(/ockam reset/);
  });

  test("that is all zeros is told", async () => {
    using home = await homeWithIdentities();
    writeFileSync(home.file, new Uint8Array(readFileSync(home.file).length));
    expect(await use(home.path)).toBe("OCKAM_NODE_STATE_DAMAGED");
  });

  test("whose log is none is told: it may hold the newest identity", async () => {
    using home = await homeWithIdentities();
    const beside = `${home.file}-wal`;
    {
      using state = openState({ home: home.path });
      await state.identities.create({ name: "newest" });
      copyFileSync(beside, `${beside}.kept`);
    }
    copyFileSync(`${beside}.kept`, beside);
    expect(await use(home.path)).toContain("newest");
    writeFileSync(beside, random(10_000, 1));
    expect(await use(home.path)).toBe("OCKAM_NODE_STATE_DAMAGED");
    // One that was begun when the machine went down holds no commit.
    writeFileSync(beside, random(20, 1));
    expect(await use(home.path)).toContain("a");
  });

  test("that only says when the folder was first used is in nobody's way", async () => {
    using home = await homeWithIdentities();
    writeFileSync(join(home.path, "application_database.sqlite3"), "damage");
    expect(await use(home.path)).toEqual(NAMES);
  });

  test.each([
    ["damaged", (path: string) => writeFileSync(path, "damage".repeat(2000)), "OCKAM_NODE_STATE_DAMAGED"],
    ["empty", (path: string) => truncateSync(path), "OCKAM_NODE_STATE_DAMAGED"],
    ["another program's", (path: string) => makeForeign(path), "OCKAM_NODE_STATE_FOREIGN"],
  ])("of a vault: %s", async (_, damage, code) => {
    using home = await homeWithIdentities();
    damage(join(home.path, "vault-v"));
    using state = openState({ home: home.path });
    const sign = async (name: string): Promise<boolean> => {
      const { identities, identifier } = state.identities.open(name);
      return await identities.hasSigningKey(identifier);
    };
    expect(await codeOf(() => sign("c"))).toBe(code);
    expect(await codeOf(() => state.identities.rotate("c"))).toBe(code);
    // The others need it not.
    expect(await sign("a")).toBe(true);
  });

  test("of a vault that is missing is told, and no new one is made in its place", async () => {
    using home = await homeWithIdentities();
    using state = SqliteState.open({ home: home.path });
    const path = join(home.path, "vault-v");
    const away = join(home.path, "away");
    state.vaults.close();
    copyFileSync(path, away);
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    const { identities, identifier } = state.identities.open("c");
    expect(await codeOf(() => identities.hasSigningKey(identifier))).toBe("OCKAM_NODE_FILE_UNAVAILABLE");
    expect(existsSync(path)).toBe(false);
    copyFileSync(away, path);
    expect(await identities.hasSigningKey(identifier)).toBe(true);
  });
});

function makeForeign(path: string): void {
  writeFileSync(path, "");
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE notes (x TEXT)");
  database.close();
}

/** As many pages as there are now. */
function fill(state: SqliteState): void {
  const pages = state.database.first("PRAGMA page_count")?.["page_count"];
  state.database.execute(`PRAGMA max_page_count = ${Number(pages)}`);
}

describe("no room", () => {
  test("is told, and leaves nothing half done", async () => {
    using home = temporaryHome();
    using state = SqliteState.open({ home: home.path });
    await state.identities.create({ name: "a" });
    fill(state);
    let told: unknown;
    const made: string[] = ["a"];
    for (let i = 0; told === undefined && i < 100; i++) {
      try {
        await state.identities.create({ name: `i${i}` });
        made.push(`i${i}`);
      } catch (error) {
        told = error;
      }
    }
    expect(told).toMatchObject({
      code: "OCKAM_NODE_DISK_FULL",
      message: expect.stringMatching(/no room left on its disk.*make room and try again/),
    });
    expect(state.identities.list().map(({ name }) => name)).toEqual(made);
    for (const table of ["identity", "secret"])
      expect(state.database.all(`SELECT * FROM ${table}`)).toHaveLength(made.length);
    for (const name of made) {
      const { identities, identifier } = state.identities.open(name);
      expect(await identities.hasSigningKey(identifier)).toBe(true);
    }
    state.database.execute("PRAGMA max_page_count = 1000000");
    await state.identities.create({ name: "later" });
  });

  test("for a rotation leaves the old key or the new one", async () => {
    using home = temporaryHome();
    using state = SqliteState.open({ home: home.path });
    const { identifier } = await state.identities.create({ name: "a" });
    fill(state);
    let rotations = 0;
    const outcome = await codeOf(async () => {
      for (; rotations < 30; rotations++) await state.identities.rotate("a");
    });
    expect(outcome).toBe("OCKAM_NODE_DISK_FULL");
    const { identities } = state.identities.open("a");
    expect(await identities.hasSigningKey(identifier)).toBe(true);
    expect((await state.identities.identity("a")).changes).toHaveLength(rotations + 1);
  });
});

describe("a home that is none", () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each([[""], ["relative/home"]])("HOME=%s: what the system knows of the user counts", (value) => {
    vi.stubEnv("HOME", value);
    expect(homeFolder("")).toMatch(/^(?:\/|[A-Z]:\\).*\.ockam$/);
    expect(homeFolder("")).not.toContain("relative");
  });

  test("a folder in the place of the database", async () => {
    using home = temporaryHome();
    mkdirSync(join(home.path, DATABASE_FILE));
    expect(await use(home.path)).toBe("OCKAM_NODE_STATE_UNAVAILABLE");
  });
});

describe("what a killed command left", () => {
  test("of a new database is in nobody's way", async () => {
    using home = temporaryHome();
    writeFileSync(join(home.path, `${DATABASE_FILE}-new-0123abcd`), "half of it");
    expect(await use(home.path)).toEqual([]);
  });

  test("of a new vault is taken for it; keys that no vault has are not", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    state.vaults.create();
    using other = temporaryHome();
    {
      using others = openState({ home: other.path });
      others.vaults.create();
      others.vaults.create({ name: "empty", path: join(home.path, "vault-empty") });
      await others.identities.create({ vault: others.vaults.create({ name: "used" }).name });
    }
    copyFileSync(join(other.path, "vault-used"), join(home.path, "vault-used"));
    expect(state.vaults.create({ name: "empty" }).path).toBe(join(home.path, "vault-empty"));
    expect(await codeOf(() => state.vaults.create({ name: "used" }))).toBe("OCKAM_NODE_FILE_EXISTS");
    // Where somebody chose the path, nothing may be.
    const path = join(other.path, "vault-used");
    expect(await codeOf(() => state.vaults.create({ name: "x", path }))).toBe("OCKAM_NODE_FILE_EXISTS");
  });

  test("of a vault that was being moved: both names are one file, and the move can be done again", async () => {
    using home = await homeWithIdentities();
    using state = SqliteState.open({ home: home.path });
    state.vaults.close();
    const [from, to] = [join(home.path, "vault-v"), join(home.path, "moved")];
    linkSync(from, to);
    expect(state.vaults.move("v", to).path).toBe(to);
    expect(existsSync(from)).toBe(false);
    const { identities, identifier } = state.identities.open("c");
    expect(await identities.hasSigningKey(identifier)).toBe(true);
  });

  test("a vault that another process uses is not moved", async () => {
    using home = await homeWithIdentities();
    using state = openState({ home: home.path });
    using other = SqliteState.open({ home: home.path });
    const { identities, identifier } = other.identities.open("c");
    expect(await identities.hasSigningKey(identifier)).toBe(true);
    const to = join(home.path, "moved");
    expect(await codeOf(() => state.vaults.move("v", to))).toBe("OCKAM_NODE_VAULT_NOT_MOVABLE");
    expect([existsSync(to), await identities.hasSigningKey(identifier)]).toEqual([false, true]);
    other.vaults.close();
    expect(state.vaults.move("v", to).path).toBe(to);
    expect(await identities.hasSigningKey(identifier)).toBe(true);
  });
});
