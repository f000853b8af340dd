import { concatBytes, fromHex, isOckamError, toHex } from "@ockam/codec";
import type { Vault } from "@ockam/vault";
import { createSoftwareVault } from "@ockam/vault";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countingSecrets } from "../testing/counting-secrets.ts";
import { A, withA } from "../testing/identity-a.ts";
import { scaled } from "../testing/scaled.ts";
import { histories, history, named } from "../testing/vectors.ts";
import { IDENTITY_KEY_LIFETIME } from "./constants.ts";
import { createIdentities } from "./identities.ts";
import { memoryIdentityStorage } from "./identity-storage.ts";
import type { Identity } from "./identity.ts";

describe("create", () => {
  test.each(["ed25519_identity", "p256_identity", "subject_identity"])(
    "makes %s byte for byte from its secret",
    async (name) => {
      const vector = named(histories.histories, name);
      const vault = createSoftwareVault();
      const keyType = vector.first.keyType === "p256" ? "p256" : "ed25519";
      const key = await vault.importSigningKey(keyType, fromHex(vector.secretKey ?? ""));
      if (vector.secretKeyHandle !== undefined) expect(key).toBe(vector.secretKeyHandle);
      const identities = createIdentities({ vault, now: () => vector.first.validFrom });
      const created = await identities.create({ key });
      expect(toHex(created.changeHistory)).toBe(vector.changeHistory);
      expect(toHex(await identities.export(created.identifier))).toBe(vector.changeHistory);
    },
  );

  test("uses an Ed25519 key for ten years unless told otherwise", async () => {
    const identities = createIdentities({ now: () => 1_700_000_000.9 });
    const { latest } = await identities.create();
    expect(latest.publicKey.type).toBe("ed25519");
    expect([latest.validFrom, latest.validUntil - latest.validFrom]).toEqual([
      1_700_000_000,
      IDENTITY_KEY_LIFETIME,
    ]);
    const other = await identities.create({ keyType: "p256", validFor: 60 });
    expect(other.latest.publicKey.type).toBe("p256");
    expect(other.latest.validUntil).toBe(1_700_000_060);
    expect(other.identifier.equals((await identities.create()).identifier)).toBe(false);
  });

  test("a key that the vault does not hold is refused", async () => {
    const missing = createIdentities().create({ key: "00".repeat(32) });
    await expect(missing).rejects.toMatchObject({ code: "OCKAM_IDENTITY_KEY_NOT_FOUND" });
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "a lifetime of %s s is refused",
    async (validFor) => {
      await expect(createIdentities().create({ validFor })).rejects.toThrow(RangeError);
    },
  );

  test("the clock of the system counts by default", async () => {
    const before = Math.floor(Date.now() / 1000);
    const { latest } = await createIdentities().create();
    expect(latest.validFrom).toBeGreaterThanOrEqual(before);
    expect(latest.validFrom).toBeLessThanOrEqual(Date.now() / 1000);
  });
});

describe("import", () => {
  test("what one exports, another imports, and cannot sign for", async () => {
    const owner = createIdentities();
    const { identifier } = await owner.create();
    const other = createIdentities();
    const imported = await other.import(await owner.export(identifier), { expected: identifier });
    expect(imported.identifier.equals(identifier)).toBe(true);
    expect((await other.list()).map(String)).toEqual([identifier.toString()]);
    expect(await owner.hasSigningKey(identifier)).toBe(true);
    expect(await other.hasSigningKey(identifier)).toBe(false);
    await expect(other.rotate(identifier)).rejects.toMatchObject({ code: "OCKAM_IDENTITY_KEY_NOT_FOUND" });
  });

  test("a newer history replaces, an older and a contradicting one are refused", async () => {
    const identities = createIdentities();
    await identities.import(history("ed25519_identity"));
    await identities.import(history("ed25519_identity_rotated"));
    for (const [name, code] of [
      ["ed25519_identity", "OCKAM_IDENTITY_ROLLBACK"],
      ["ed25519_identity_rotated_revoking", "OCKAM_IDENTITY_FORK"],
      ["mixed_rotation", "OCKAM_IDENTITY_FORK"],
    ] as const) {
      await expect(identities.import(history(name))).rejects.toMatchObject({ code });
      await expect(identities.verify(history(name))).rejects.toMatchObject({ code });
    }
    expect(await identities.export(A)).toEqual(history("ed25519_identity_rotated"));
  });

  test("an older history gives the known one where that is allowed, a fork never", async () => {
    const identities = createIdentities();
    await identities.import(history("ed25519_identity_rotated"));
    const allowOlder = true;
    expect((await identities.import(history("ed25519_identity"), { allowOlder })).changes).toHaveLength(2);
    await expect(identities.import(history("mixed_rotation"), { allowOlder })).rejects.toMatchObject({
      code: "OCKAM_IDENTITY_FORK",
    });
  });

  test("other bytes with the same changes leave the stored ones", async () => {
    const identities = createIdentities();
    await identities.import(history("ed25519_identity"));
    await identities.import(concatBytes(history("ed25519_identity"), Uint8Array.of(0)));
    expect(await identities.export(A)).toEqual(history("ed25519_identity"));
  });

  test("another identity than the expected one is not stored", async () => {
    const identities = createIdentities();
    await expect(identities.import(history("p256_identity"), { expected: A })).rejects.toMatchObject({
      code: "OCKAM_IDENTITY_UNEXPECTED",
    });
    expect(await identities.list()).toEqual([]);
  });

  test("another identity than the expected one is not believed either", async () => {
    await expect(createIdentities().verify(history("p256_identity"), { expected: A })).rejects.toMatchObject({
      code: "OCKAM_IDENTITY_UNEXPECTED",
    });
  });

  test("verify stores nothing", async () => {
    const identities = createIdentities();
    expect((await identities.verify(history("ed25519_identity"))).identifier.equals(A)).toBe(true);
    expect(await identities.get(A)).toBeUndefined();
    await identities.import(history("ed25519_identity"));
    expect((await identities.verify(history("ed25519_identity_rotated"))).changes).toHaveLength(2);
    expect((await identities.get(A))?.changes).toHaveLength(1);
  });

  test("of two forks that arrive at the same time one is believed", async () => {
    const identities = createIdentities();
    await identities.import(history("ed25519_identity"));
    const results = await Promise.allSettled(
      ["ed25519_identity_rotated", "mixed_rotation", "ed25519_identity_rotated_revoking"].map((name) =>
        identities.import(history(name)),
      ),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "OCKAM_IDENTITY_FORK" });
    }
  });

  test.each<[string, Uint8Array]>([
    ["damaged", history("ed25519_identity").fill(0xee, 100, 104)],
    ["of another identity", history("p256_identity")],
  ])("a stored history that is %s is not believed and not replaced", async (_, stored) => {
    const storage = memoryIdentityStorage();
    await storage.update(A, () => stored);
    const identities = createIdentities({ storage });
    const code = "OCKAM_IDENTITY_CORRUPT_STORAGE";
    await expect(identities.get(A)).rejects.toMatchObject({ code });
    await expect(identities.import(history("ed25519_identity"))).rejects.toMatchObject({ code });
    expect(await storage.get(A)).toEqual(stored);
  });

  test(
    "histories in any order: the model of a plain list of hashes agrees",
    async () => {
      const family = await makeFamily();
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...family), { maxLength: 12 }), async (received) => {
          const identities = createIdentities();
          let known: readonly string[] = [];
          for (const next of received) {
            const hashes = next.changes.map(({ hash }) => toHex(hash));
            const shared = Math.min(hashes.length, known.length);
            const same = hashes.slice(0, shared).join() === known.slice(0, shared).join();
            const expected = !same
              ? "OCKAM_IDENTITY_FORK"
              : hashes.length < known.length
                ? "OCKAM_IDENTITY_ROLLBACK"
                : undefined;
            if (expected === undefined) known = hashes;
            expect(await outcome(identities.import(next.changeHistory))).toBe(expected);
            const stored = (await identities.get(next.identifier))?.changes.map(({ hash }) => toHex(hash));
            expect(stored).toEqual(known);
          }
        }),
        { numRuns: scaled(50) },
      );
    },
    scaled(20_000),
  );

  test("an unknown identity is undefined to get and an error to export", async () => {
    const identities = createIdentities();
    expect(await identities.get(A)).toBeUndefined();
    expect(await identities.hasSigningKey(A)).toBe(false);
    await expect(identities.export(A)).rejects.toMatchObject({ code: "OCKAM_IDENTITY_NOT_FOUND" });
    await expect(identities.rotate(A)).rejects.toMatchObject({ code: "OCKAM_IDENTITY_NOT_FOUND" });
  });
});

describe("delete", () => {
  test("forgets the history and keeps the secret unless told otherwise", async () => {
    const { identities, vault, oldKey } = await withA();
    expect(await identities.delete(A)).toBe(true);
    expect(await identities.delete(A)).toBe(false);
    expect(await identities.get(A)).toBeUndefined();
    expect((await vault.verifyingKey(oldKey)).type).toBe("ed25519");
  });

  test("a damaged attestation does not keep an identity from being deleted", async () => {
    const { identities, purposeKeyStorage } = await withA();
    await purposeKeyStorage.put(A, "credentials", Uint8Array.of(0));
    expect(await identities.delete(A, { deleteKeys: true })).toBe(true);
    expect(await purposeKeyStorage.get(A, "credentials")).toBeUndefined();
  });

  test("deletes all secrets when told", async () => {
    const kept = countingSecrets();
    const identities = createIdentities({ vault: createSoftwareVault({ storage: kept.storage }) });
    const { identifier } = await identities.create();
    await identities.purposeKey(identifier, "secure-channel");
    await identities.purposeKey(identifier, "credentials");
    expect(kept.count()).toBe(3);
    expect(await identities.delete(identifier, { deleteKeys: true })).toBe(true);
    expect(kept.count()).toBe(0);
  });
});

/** All states of one identity: a chain of four changes, and chains that fork from each of its states. */
async function makeFamily(): Promise<readonly Identity[]> {
  const vault = createSoftwareVault();
  const states: Identity[] = [];
  let state = await createIdentities({ vault }).create();
  states.push(state);
  for (let i = 0; i < 3; i++) {
    const fork = await rotateCopy(vault, state);
    states.push(fork, await rotateCopy(vault, fork));
    state = await rotateCopy(vault, state);
    states.push(state);
  }
  return states;
}

/** A successor of `state`, as somebody makes it who has the keys and another memory. */
async function rotateCopy(vault: Vault, state: Identity): Promise<Identity> {
  const copy = createIdentities({ vault });
  const { identifier } = await copy.import(state.changeHistory);
  return copy.rotate(identifier, { keepOldKey: true });
}

/** The code of the error that `promise` rejects with, undefined when it resolves. */
async function outcome(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (isOckamError(error)) return error.code;
    throw error;
  }
}
