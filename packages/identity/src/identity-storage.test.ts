import { describe, expect, test } from "vitest";
import { failuresOf } from "../testing/suite-failures.ts";
import type { IdentityStorage } from "./identity-storage.ts";
import { memoryIdentityStorage } from "./identity-storage.ts";
import { testIdentityStorage } from "./testing.ts";

describe("memoryIdentityStorage", () => {
  testIdentityStorage(test, memoryIdentityStorage);
});

describe("the conformance suite of identity storages", () => {
  test("passes for a correct storage", async () => {
    expect(await failuresOf((declare) => testIdentityStorage(declare, memoryIdentityStorage))).toEqual([]);
  });

  test.each<[string, (storage: IdentityStorage) => Partial<IdentityStorage>]>([
    [
      "reads, waits and then writes",
      (storage) => ({
        update: async (identifier, decide) => {
          const decided = decide(await storage.get(identifier));
          await storage.list();
          if (decided !== undefined) await storage.update(identifier, () => decided);
        },
      }),
    ],
    [
      "stores in spite of an error",
      (storage) => ({
        update: (identifier, decide) =>
          storage.update(identifier, (known) => {
            try {
              return decide(known);
            } catch {
              return new Uint8Array();
            }
          }),
      }),
    ],
    [
      "hides the error of the decision",
      (storage) => ({ update: (identifier, decide) => storage.update(identifier, decide).catch(() => {}) }),
    ],
    [
      "takes undefined for nothing",
      (storage) => ({
        update: (identifier, decide) =>
          storage.update(identifier, (known) => decide(known) ?? new Uint8Array()),
      }),
    ],
    [
      "does not show what is known",
      (storage) => ({ update: (id, decide) => storage.update(id, () => decide(undefined)) }),
    ],
    ["lists nothing", () => ({ list: async () => [] })],
    ["deletes nothing", () => ({ delete: async () => false })],
    [
      "keeps one history for all",
      (storage) => ({ get: async () => storage.list().then(([first]) => first && storage.get(first)) }),
    ],
    [
      "cuts a history short",
      (storage) => ({ get: async (identifier) => (await storage.get(identifier))?.slice(0, 9) }),
    ],
    ["lends its bytes", sharedBytes],
    [
      "stores what surrounds a view",
      (storage) => ({
        update: (identifier, decide) =>
          storage.update(identifier, (known) => {
            const decided = decide(known);
            return decided && new Uint8Array(decided.buffer);
          }),
      }),
    ],
  ])("fails for a storage that %s", async (_, mutate) => {
    const create = (): IdentityStorage => {
      const storage = memoryIdentityStorage();
      return { ...storage, ...mutate(storage) };
    };
    expect(await failuresOf((declare) => testIdentityStorage(declare, create))).not.toEqual([]);
  });

  test("tests a storage that is opened twice through both, and closes both", async () => {
    const closed: IdentityStorage[] = [];
    const failures = await failuresOf((declare) =>
      testIdentityStorage(declare, memoryIdentityStorage, {
        openAgain: () => memoryIdentityStorage(),
        close: (storage) => void closed.push(storage),
      }),
    );
    expect(failures.length).toBeGreaterThan(0);
    expect(new Set(closed).size).toBe(closed.length);
    expect(closed.length % 2).toBe(0);
  });
});

function sharedBytes(): Partial<IdentityStorage> {
  const histories = new Map<string, Uint8Array>();
  return {
    get: async (identifier) => histories.get(identifier.hex),
    update: async (identifier, decide) => {
      const decided = decide(histories.get(identifier.hex));
      if (decided !== undefined) histories.set(identifier.hex, decided);
    },
  };
}
