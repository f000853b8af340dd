import { describe, expect, test } from "vitest";
import { failuresOf } from "../testing/suite-failures.ts";
import { sampleIdentifier } from "./testing/storage-suite.ts";
import type { PurposeKeyStorage } from "./purpose-key-storage.ts";
import { memoryPurposeKeyStorage } from "./purpose-key-storage.ts";
import { testPurposeKeyStorage } from "./testing.ts";

describe("memoryPurposeKeyStorage", () => {
  testPurposeKeyStorage(test, memoryPurposeKeyStorage);
});

describe("the conformance suite of purpose key storages", () => {
  test("passes for a correct storage", async () => {
    expect(await failuresOf((declare) => testPurposeKeyStorage(declare, memoryPurposeKeyStorage))).toEqual(
      [],
    );
  });

  test.each<[string, (storage: PurposeKeyStorage) => Partial<PurposeKeyStorage>]>([
    ["mixes purposes", (storage) => ({ get: (identifier) => storage.get(identifier, "credentials") })],
    [
      "mixes identities",
      (storage) => ({ get: (_, purpose) => storage.get(sampleIdentifier(0xaa), purpose) }),
    ],
    [
      "keeps the first",
      (storage) => ({
        put: async (identifier, purpose, attestation) => {
          const known = await storage.get(identifier, purpose);
          await storage.put(identifier, purpose, known ?? attestation);
        },
      }),
    ],
    ["stores nothing", () => ({ put: async () => {} })],
    ["deletes nothing", () => ({ delete: async () => false })],
    ["lends its bytes", sharedBytes],
  ])("fails for a storage that %s", async (_, mutate) => {
    const create = (): PurposeKeyStorage => {
      const storage = memoryPurposeKeyStorage();
      return { ...storage, ...mutate(storage) };
    };
    expect(await failuresOf((declare) => testPurposeKeyStorage(declare, create))).not.toEqual([]);
  });
});

function sharedBytes(): Partial<PurposeKeyStorage> {
  const attestations = new Map<string, Uint8Array>();
  return {
    get: async (identifier, purpose) => attestations.get(identifier.hex + purpose),
    put: async (identifier, purpose, attestation) => {
      attestations.set(identifier.hex + purpose, attestation);
    },
    delete: async (identifier, purpose) => attestations.delete(identifier.hex + purpose),
  };
}
