import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { isOckamError } from "@ockam/codec";
import { describe, expect, test } from "vitest";

import { temporaryHome } from "../../testing/temporary-home.ts";
import { homeFolder } from "./home-folder.ts";
import { MAX_NAME_BYTES, MAX_NAME_LENGTH } from "./name.ts";
import { SqliteKafkaKeyStorage } from "./sqlite-kafka-key-storage.ts";
import { openState, SqliteState, sqliteState } from "./sqlite-state.ts";
import type { State } from "./state.ts";

const OPTIONS = { tcpListenerAddress: "127.0.0.1:0", statusEndpoint: "off" };

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return isOckamError(error) ? error.code : String(error);
  }
  return undefined;
}

async function claimNode(state: State, name: string, pid = process.pid): Promise<void> {
  const { name: identityName } = await state.identities.getDefault();
  const mark = pid === process.pid ? sqliteState(state).processes.own() : { pid, start: "long ago" };
  sqliteState(state).nodes.claim(name, { identityName, options: OPTIONS, process: mark });
}

function modeAfter(path: string): number {
  openState({ home: path }).close();
  return statSync(path).mode & 0o777;
}

describe("folder", () => {
  test("OCKAM_HOME, else ~/.ockam", () => {
    expect(homeFolder("/a/b/../c")).toBe("/a/c");
    expect(homeFolder("")).toMatch(/\/\.ockam$/);
  });

  test("is closed to others and holds both databases", () => {
    using home = temporaryHome();
    using state = openState({ home: join(home.path, "state") });
    expect(statSync(state.home).mode & 0o777).toBe(0o700);
    expect(readdirSync(state.home)).toEqual(
      expect.arrayContaining(["database.sqlite3", "application_database.sqlite3"]),
    );
  });

  test("one that has other things in it keeps its mode", () => {
    using home = temporaryHome();
    const [shared, empty] = [join(home.path, "shared"), join(home.path, "empty")];
    mkdirSync(join(shared, "others"), { recursive: true });
    chmodSync(shared, 0o755);
    mkdirSync(empty, 0o755);
    expect([modeAfter(shared), modeAfter(empty)]).toEqual([0o755, 0o700]);
    expect(statSync(join(shared, "database.sqlite3")).mode & 0o777).toBe(0o600);
  });

  test("one that cannot be made is told, and how to have another", () => {
    using home = temporaryHome();
    writeFileSync(join(home.path, "file"), "");
    for (const path of [join(home.path, "file"), join(home.path, "file", "x"), "/proc/ockam"]) {
      expect(codeOf(() => openState({ home: path }))).toBe("OCKAM_NODE_STATE_UNAVAILABLE");
      expect(() => openState({ home: path })).toThrow(/set OCKAM_HOME/);
    }
    mkdirSync(join(home.path, "database.sqlite3"));
    expect(codeOf(() => openState({ home: home.path }))).toBe("OCKAM_NODE_STATE_UNAVAILABLE");
  });

  test("in memory, no file is touched", () => {
    using home = temporaryHome();
    using state = openState({ home: join(home.path, "state"), inMemory: true });
    state.vaults.create();
    state.vaults.create();
    expect(existsSync(state.home)).toBe(false);
  });
});

describe("vaults", () => {
  test("the first is part of the database, later ones are files", () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    expect(state.vaults.create({ name: "v1" })).toEqual({ name: "v1", isDefault: true, path: undefined });
    const second = state.vaults.create({ name: "v2" });
    expect(second).toEqual({ name: "v2", isDefault: false, path: join(home.path, "vault-v2") });
    expect(statSync(second.path!).mode & 0o777).toBe(0o600);
    expect(state.vaults.create().name).toMatch(/^[a-z]+-[a-z]+$/);
    expect(codeOf(() => state.vaults.create({ name: "v1" }))).toBe("OCKAM_NODE_VAULT_EXISTS");
    expect(codeOf(() => state.vaults.create({ path: second.path! }))).toBe("OCKAM_NODE_FILE_EXISTS");
  });

  test("move, with the keys in them", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    state.vaults.create({ name: "v1" });
    state.vaults.create({ name: "v2" });
    const handle = await state.vaults.open("v2").generateStaticKey();
    const moved = state.vaults.move("v2", join(home.path, "elsewhere"));
    expect(moved.path).toBe(join(home.path, "elsewhere"));
    expect(existsSync(join(home.path, "vault-v2"))).toBe(false);
    using again = openState({ home: home.path });
    const vault = again.vaults.open("v2");
    expect(await vault.staticPublicKey(handle)).toEqual(
      await state.vaults.open("v2").staticPublicKey(handle),
    );
    expect(codeOf(() => state.vaults.move("v1", join(home.path, "x")))).toBe("OCKAM_NODE_VAULT_NOT_MOVABLE");
    expect(codeOf(() => state.vaults.move("v2", moved.path!))).toBe("OCKAM_NODE_FILE_EXISTS");
  });

  test("move to another file system, too, and say when they cannot", async ({ skip }) => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    state.vaults.create({ name: "v1" });
    state.vaults.create({ name: "v2" });
    const handle = await state.vaults.open("v2").generateStaticKey();
    const key = await state.vaults.open("v2").staticPublicKey(handle);
    const move = (path: string): unknown => codeOf(() => state.vaults.move("v2", path));
    expect(move(join(home.path, "absent", "v2"))).toBe("OCKAM_NODE_FILE_UNAVAILABLE");
    expect(await state.vaults.open("v2").staticPublicKey(handle)).toEqual(key);
    const elsewhere = "/dev/shm";
    if (!existsSync(elsewhere) || statSync(elsewhere).dev === statSync(home.path).dev) return skip();
    const target = join(elsewhere, `ockam-test-${process.pid}`);
    try {
      expect(state.vaults.move("v2", target).path).toBe(target);
      expect(statSync(target).mode & 0o777).toBe(0o600);
      expect(existsSync(join(home.path, "vault-v2"))).toBe(false);
      expect(await state.vaults.open("v2").staticPublicKey(handle)).toEqual(key);
      return undefined;
    } finally {
      state.vaults.delete("v2");
    }
  });

  test("whose file cannot be made are none", () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    state.vaults.create({ name: "v1" });
    const path = join(home.path, "absent", "v2");
    expect(codeOf(() => state.vaults.create({ name: "v2", path }))).toBe("OCKAM_NODE_STATE_UNAVAILABLE");
    expect(state.vaults.list().map(({ name }) => name)).toEqual(["v1"]);
  });

  test("are deleted with their keys, but not while identities need them", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    state.vaults.create({ name: "v1" });
    await state.identities.create({ name: "i", vault: "v2" });
    expect(codeOf(() => state.vaults.delete("v2"))).toBe("OCKAM_NODE_VAULT_IN_USE");
    await state.identities.delete("i");
    state.vaults.delete("v2");
    expect(existsSync(join(home.path, "vault-v2"))).toBe(false);
    expect(codeOf(() => state.vaults.get("v2"))).toBe("OCKAM_NODE_VAULT_NOT_FOUND");
    const handle = await state.vaults.open("v1").generateStaticKey();
    state.vaults.delete("v1");
    expect(state.vaults.getDefault().name).toBe("default");
    await expect(state.vaults.open("default").staticPublicKey(handle)).rejects.toThrow();
  });
});

describe("identities", () => {
  test("the first is the default; a name that exists returns what it names", async () => {
    using state = openState({ inMemory: true });
    const first = await state.identities.create({ name: "a" });
    expect(first).toMatchObject({ name: "a", isDefault: true, vaultName: "default" });
    const second = await state.identities.create({ name: "b" });
    expect(second.isDefault).toBe(false);
    expect((await state.identities.create({ name: "a" })).identifier.toString()).toBe(
      first.identifier.toString(),
    );
    expect((await state.identities.getDefault()).name).toBe("a");
    state.identities.setDefault("b");
    expect(state.identities.findDefault()?.name).toBe("b");
    expect(codeOf(() => state.identities.setDefault("b"))).toBe("OCKAM_NODE_ALREADY_DEFAULT");
    await state.identities.delete("b");
    expect(state.identities.findDefault()?.name).toBe("a");
    expect(codeOf(() => state.identities.get("b"))).toBe("OCKAM_NODE_IDENTITY_NOT_FOUND");
  });

  test("two processes that need a default one agree on it", async () => {
    using home = temporaryHome();
    using one = openState({ home: home.path });
    using two = openState({ home: home.path });
    const both = await Promise.all([one.identities.getDefault(), two.identities.getDefault()]);
    expect(both[0].name).toBe(both[1].name);
    const same = await Promise.all([
      one.identities.create({ name: "x" }),
      two.identities.create({ name: "x" }),
    ]);
    expect(same[0].identifier.equals(same[1].identifier)).toBe(true);
  });

  test("leave nothing in the vault when they go", async () => {
    using state = sqliteState(openState({ inMemory: true }));
    await state.identities.create({ name: "a" });
    const { identities, identifier } = state.identities.open("a");
    await identities.purposeKey(identifier, "secure-channel");
    const keys = new SqliteKafkaKeyStorage({
      database: state.database,
      owner: identifier,
      attributesOf: () => Promise.resolve(undefined),
    });
    await state.vaults.secrets("default").put("aes256", "00", new Uint8Array(32));
    await keys.put({ decryptor: "d", producer: identifier, handle: "00" });
    await state.identities.delete("a");
    for (const table of ["secret", "identity", "purpose_key", "named_identity", "kafka_key"])
      expect(state.database.all(`SELECT * FROM ${table}`), table).toEqual([]);
  });

  test("are imported by their change history; importing again renames", async () => {
    using state = openState({ inMemory: true });
    using other = openState({ inMemory: true });
    await other.identities.create({ name: "theirs" });
    const history = (await other.identities.identity("theirs")).changeHistory;
    const imported = await state.identities.import(history, { name: "x" });
    expect((await state.identities.identity("x")).changeHistory).toEqual(history);
    const renamed = await state.identities.import(history, { name: "y" });
    expect(renamed.identifier.equals(imported.identifier)).toBe(true);
    expect(state.identities.find("x")).toBeUndefined();
    await state.identities.create({ name: "z" });
    await expect(state.identities.import(history, { name: "z" })).rejects.toThrow(/exists already/);
  });

  test("stay while nodes use them", async () => {
    using state = openState({ inMemory: true });
    await claimNode(state, "n");
    const { identityName } = state.nodes.get("n");
    await expect(state.identities.delete(identityName)).rejects.toThrow(/used by the nodes n/);
  });
});

describe("nodes", () => {
  test("the first is the default, and another one when it is gone", async () => {
    using home = temporaryHome();
    using state = openState({ home: home.path });
    await claimNode(state, "a");
    await claimNode(state, "b");
    expect(state.nodes.list().map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ["a", true],
      ["b", false],
    ]);
    expect(codeOf(() => state.nodes.delete("a"))).toBe("OCKAM_NODE_STILL_RUNNING");
    sqliteState(state).nodes.release("a", sqliteState(state).processes.own());
    state.nodes.delete("a");
    expect(state.nodes.findDefault()?.name).toBe("b");
    expect(codeOf(() => state.nodes.get("a"))).toBe("OCKAM_NODE_UNKNOWN_NODE");
    expect(codeOf(() => state.nodes.setDefault("b"))).toBe("OCKAM_NODE_ALREADY_DEFAULT");
  });

  test("one process at a time", async () => {
    using home = temporaryHome();
    using one = openState({ home: home.path });
    using two = openState({ home: home.path });
    await claimNode(one, "a");
    await expect(claimNode(two, "a")).rejects.toThrow("Node a is already running");
  });

  test("a number that the system gave to another process does not count", async () => {
    using state = openState({ inMemory: true });
    // This process runs, but it began at another time than the one that is put down.
    sqliteState(state).nodes.claim("a", {
      identityName: (await state.identities.getDefault()).name,
      options: OPTIONS,
      process: { pid: process.pid, start: "long ago" },
    });
    expect(state.nodes.get("a")).toMatchObject({ status: "stopped", pid: undefined });
    await claimNode(state, "a");
    expect(state.nodes.get("a")).toMatchObject({ status: "running", pid: process.pid });
  });

  test("a new one takes the place of a default that does not run", async () => {
    using state = openState({ inMemory: true });
    expect(state.nodes.nextName()).toMatch(/^[a-z]+-[a-z]+$/);
    await claimNode(state, "a", 1);
    expect(state.nodes.nextName()).toBe("a");
    await claimNode(state, "b");
    expect(state.nodes.findDefault()?.name).toBe("b");
  });

  test("names fit into routes and files", async () => {
    using state = openState({ inMemory: true });
    for (const name of [
      "n!",
      "n.1",
      "./config.yaml",
      "",
      "a/b",
      "x".repeat(MAX_NAME_LENGTH + 1),
      "語".repeat(81),
    ])
      await expect(claimNode(state, name), name).rejects.toThrow(/is no name/);
    await claimNode(state, "x".repeat(MAX_NAME_LENGTH));
    await claimNode(state, "語".repeat(MAX_NAME_BYTES / 3));
  });
});

test("only a state of this package is accepted", () => {
  using state = openState({ inMemory: true });
  expect(state).toBeInstanceOf(SqliteState);
  expect(() => sqliteState({ ...state, [Symbol.dispose]: () => {}, close: () => {} })).toThrow(TypeError);
});
