import { once } from "node:events";
import { fork } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { codeOf } from "../../testing/nodes.ts";
import { temporaryHome } from "../../testing/temporary-home.ts";
import { openState } from "../state/sqlite-state.ts";
import { resetScope, resetState } from "./reset-state.ts";

/** A node that nobody started but this test, so that it goes with the test. */
async function runNode(home: string, name: string) {
  const script = fileURLToPath(new URL("../../testing/run-node.ts", import.meta.url));
  const child = fork(script, [name], {
    env: { ...process.env, OCKAM_HOME: home, OCKAM_NODE_START_ORDER_AWAITED: "true" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  child.send({ options: { statusEndpoint: "off" } });
  await once(child, "message");
  return child;
}

describe("reset", () => {
  test("leaves the installer's things and the application's database", async () => {
    using home = temporaryHome();
    mkdirSync(join(home.path, "bin"));
    writeFileSync(join(home.path, "bin", "ockam"), "");
    writeFileSync(join(home.path, "env"), "");
    {
      using state = openState({ home: home.path });
      state.vaults.create();
      state.vaults.create();
      mkdirSync(join(home.path, "nodes"));
    }
    for (let times = 0; times < 2; times++) {
      await resetState({ home: home.path });
      expect(readdirSync(home.path).sort()).toEqual(["application_database.sqlite3", "bin", "env"]);
    }
  });

  test("deletes nothing else that is in the folder", async () => {
    using home = temporaryHome();
    writeFileSync(join(home.path, "thesis.txt"), "");
    mkdirSync(join(home.path, "nodes"));
    await resetState({ home: home.path });
    expect(readdirSync(home.path).sort()).toEqual(["nodes", "thesis.txt"]);
    {
      using state = openState({ home: home.path });
      state.vaults.create();
      state.vaults.create({ name: "v", path: join(home.path, "own") });
    }
    await resetState({ home: home.path });
    expect(readdirSync(home.path).sort()).toEqual(["application_database.sqlite3", "thesis.txt"]);
  });

  test("leaves what else is in folders that are called like ours", async () => {
    using home = temporaryHome();
    const at = (name: string): string => join(home.path, name);
    openState({ home: home.path }).close();
    for (const folder of ["nodes", "nodes/n", "nodes/old", "run"]) mkdirSync(at(folder));
    for (const file of ["nodes/thesis.txt", "nodes/n/notes.txt", "run/start.sh"]) writeFileSync(at(file), "");
    for (const file of ["nodes/n/stdout.2026-11-30.log", "nodes/old/stdout.2026-11-29.1.log"])
      writeFileSync(at(file), "");
    await resetState({ home: home.path });
    expect(readdirSync(home.path, { recursive: true, encoding: "utf8" }).toSorted()).toEqual(
      [
        "application_database.sqlite3",
        "nodes",
        join("nodes", "n"),
        join("nodes", "n", "notes.txt"),
        join("nodes", "thesis.txt"),
        "run",
        join("run", "start.sh"),
      ].toSorted(),
    );
  });

  test("mends a damaged state", async () => {
    using home = temporaryHome();
    writeFileSync(join(home.path, "database.sqlite3"), "no database at all".repeat(100));
    expect(await codeOf(async () => openState({ home: home.path }))).toBe("OCKAM_NODE_STATE_DAMAGED");
    await resetState({ home: home.path });
    openState({ home: home.path }).close();
  });

  test("does nothing where nothing is", async () => {
    await resetState({ home: "/tmp/ockam-node-no-such-folder" });
  });

  test("says what it deletes, before and after, and deletes nothing else", async () => {
    using home = temporaryHome();
    using elsewhere = temporaryHome();
    const [folder, other] = [realpathSync(home.path), realpathSync(elsewhere.path)];
    const at = (name: string): string => join(folder, name);
    {
      using state = openState({ home: folder });
      await state.identities.create({ name: "i" });
      state.vaults.create({ name: "v2" });
      state.vaults.create({ name: "outside", path: join(other, "keys") });
      state.vaults.create({ name: "own", path: at("own-file") });
    }
    // What is called like ours, and is not.
    mkdirSync(at("vault-photos"));
    writeFileSync(at("vault-combination.txt"), "1234");
    writeFileSync(at("thesis-new-0123abcd"), "");
    // What a killed command left.
    writeFileSync(at("database.sqlite3-new-0123abcd"), "");
    writeFileSync(join(other, "precious"), "gold");
    mkdirSync(at("nodes"));
    symlinkSync(other, at("nodes/link"));
    symlinkSync(other, at("run"));

    const scope = resetScope({ home: folder });
    expect(scope).toEqual({
      home: folder,
      nodes: [],
      identities: ["i"],
      vaults: ["default", "v2", "outside", "own"],
      files: expect.any(Array),
      keptVaultFiles: [join(other, "keys")],
    });
    expect(scope.files.toSorted()).toEqual(
      ["database.sqlite3", "database.sqlite3-new-0123abcd", "nodes", "own-file", "run", "vault-v2"].map(at),
    );
    expect(existsSync(at("database.sqlite3"))).toBe(true);
    expect(await resetState({ home: folder })).toEqual(scope);
    expect(readdirSync(folder).toSorted()).toEqual([
      "application_database.sqlite3",
      "thesis-new-0123abcd",
      "vault-combination.txt",
      "vault-photos",
    ]);
    expect(readdirSync(other).toSorted()).toEqual(["keys", "precious"]);
    expect(readFileSync(join(other, "precious"), "utf8")).toBe("gold");
    expect((await resetState({ home: folder })).files).toEqual([]);
  });

  test.each(["whole", "damaged"])("stops the nodes first: a %s database", async (database) => {
    using home = temporaryHome();
    const child = await runNode(home.path, "n");
    const exited = once(child, "exit");
    expect(resetScope({ home: home.path }).nodes).toEqual(["n"]);
    if (database === "damaged") writeFileSync(join(home.path, "database.sqlite3"), "damage".repeat(2000));
    await resetState({ home: home.path });
    expect((await exited)[1]).toBeNull();
    expect(readdirSync(home.path)).toEqual(["application_database.sqlite3"]);
  });

  test("does not take a home that it cannot look into for an empty one", async () => {
    using home = temporaryHome();
    const file = join(home.path, "file");
    writeFileSync(file, "");
    expect(await codeOf(() => resetState({ home: file }))).toBe("OCKAM_NODE_STATE_UNAVAILABLE");
    expect((await resetState({ home: join(home.path, "none") })).files).toEqual([]);
  });

  test("leaves the folder of another program alone", async () => {
    using home = temporaryHome();
    const other = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(
      join(home.path, "database.sqlite3"),
    );
    other.exec("CREATE TABLE _sqlx_migrations (version INTEGER)");
    other.close();
    mkdirSync(join(home.path, "nodes"));
    expect(await codeOf(() => resetState({ home: home.path }))).toBe("OCKAM_NODE_STATE_FOREIGN");
    expect(readdirSync(home.path)).toContain("nodes");
  });
});
