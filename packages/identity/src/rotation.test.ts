import { concatBytes, fromHex, toHex } from "@ockam/codec";
import type { LogEntry } from "@ockam/codec";
import { createSoftwareVault } from "@ockam/vault";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countingSecrets } from "../testing/counting-secrets.ts";
import { Crash, crashing } from "../testing/crash.ts";
import { A, withA } from "../testing/identity-a.ts";
import { longHistory } from "../testing/long-history.ts";
import { scaled } from "../testing/scaled.ts";
import { acceptance, histories, identity, named } from "../testing/vectors.ts";
import { MAX_CHANGES } from "./constants.ts";
import { createIdentities } from "./identities.ts";
import type { IdentityStorage } from "./identity-storage.ts";
import { memoryIdentityStorage } from "./identity-storage.ts";
import { encodeChangeHistory } from "./identity.ts";

describe("rotate", () => {
  test.each(histories.rotationsOfA)("makes $name byte for byte from its secrets", async (vector) => {
    const { identities, vault } = await withA();
    const keyType = vector.keyType === "p256" ? "p256" : "ed25519";
    const key = await vault.importSigningKey(keyType, fromHex(vector.secretKey));
    const { revokeAllPurposeKeys } = vector;
    const rotated = await identities.rotate(A, { key, revokeAllPurposeKeys });
    expect(toHex(rotated.changeHistory)).toBe(vector.changeHistory);
    expect(toHex(await identities.export(A))).toBe(vector.changeHistory);
  });

  test("deletes the old secret and keeps the new one", async () => {
    const { identities, vault, oldKey } = await withA();
    const { latest } = await identities.rotate(A);
    await expect(vault.verifyingKey(oldKey)).rejects.toMatchObject({ code: "OCKAM_VAULT_KEY_NOT_FOUND" });
    expect(await vault.verifyingKey(vault.handleOf(latest.publicKey))).toEqual(latest.publicKey);
  });

  test("keeps the old secret when told, and when old and new are the same", async () => {
    const { identities, vault, oldKey } = await withA();
    await identities.rotate(A, { key: oldKey });
    expect((await vault.verifyingKey(oldKey)).type).toBe("ed25519");
    await identities.rotate(A, { keepOldKey: true });
    expect((await vault.verifyingKey(oldKey)).type).toBe("ed25519");
    expect((await identities.get(A))?.changes).toHaveLength(3);
  });

  test("a clock that was set back does not make a history that goes backwards", async () => {
    let now = 1_700_000_000;
    const identities = createIdentities({ now: () => now });
    const { identifier } = await identities.create();
    now -= 1000;
    expect((await identities.rotate(identifier)).latest.validFrom).toBe(1_700_000_000);
  });

  test.each(["indefinite_outer_arrays", "extra_struct_field", "first_change_with_junk_previous_signature"])(
    "the received bytes of a history with %s stay as they are",
    async (name) => {
      const received = fromHex(named(acceptance.histories, name).changeHistory);
      const { identities, before } = await withA(received);
      const rotated = await identities.rotate(A);
      expect(rotated.changes[0]!.encoded).toEqual(before.changes[0]!.encoded);
      const verified = await createIdentities().import(rotated.changeHistory, { expected: A });
      expect(verified.changes.map(({ hash }) => hash)).toEqual(rotated.changes.map(({ hash }) => hash));
    },
  );

  test(`a history of ${MAX_CHANGES} changes is not rotated further`, async () => {
    const vault = createSoftwareVault();
    const identities = createIdentities({ vault });
    const changes = await longHistory(vault, MAX_CHANGES);
    const { identifier } = await identities.import(encodeChangeHistory(changes));
    await expect(identities.rotate(identifier)).rejects.toMatchObject({
      code: "OCKAM_IDENTITY_TOO_MANY_CHANGES",
    });
    expect(await identities.hasSigningKey(identifier)).toBe(true);
  });

  test("a new history that would be too long is refused and the old one stays usable", async () => {
    // Padding that a lenient reader skips, inside the change, so that it stays when the change is forwarded.
    const [first] = identity("ed25519_identity").changes;
    const padding = new Uint8Array(48_900);
    const head = Uint8Array.of(
      0x84,
      ...first!.encoded.subarray(1),
      0xf6,
      0x59,
      padding.length >> 8,
      padding.length & 0xff,
    );
    const { identities } = await withA(encodeChangeHistory([concatBytes(head, padding)]));
    await expect(identities.rotate(A)).rejects.toMatchObject({ code: "OCKAM_IDENTITY_TOO_MANY_CHANGES" });
    expect(await identities.hasSigningKey(A)).toBe(true);
  });

  test("of two rotations at the same time one wins and the other leaves no key behind", async () => {
    const kept = countingSecrets();
    const vault = createSoftwareVault({ storage: kept.storage });
    const storage = memoryIdentityStorage();
    const one = createIdentities({ vault, storage });
    const two = createIdentities({ vault, storage });
    const { identifier } = await one.create();
    const results = await Promise.allSettled([one.rotate(identifier), two.rotate(identifier)]);
    const won = results.filter(({ status }) => status === "fulfilled");
    expect(won).toHaveLength(1);
    const lost = results.find(({ status }) => status === "rejected");
    expect(lost).toMatchObject({ reason: { code: "OCKAM_IDENTITY_FORK" } });
    expect(await one.hasSigningKey(identifier)).toBe(true);
    expect(kept.count()).toBe(1);
    expect((await one.rotate(identifier)).changes).toHaveLength(3);
  });

  test.each(["before", "after"] as const)("a crash %s any step does not lose the identity", async (when) => {
    const steps = await countRotationSteps();
    expect(steps).toBeGreaterThan(5);
    for (let step = 1; step <= steps; step++) {
      const vault = createSoftwareVault();
      const storage = memoryIdentityStorage();
      const { identifier } = await createIdentities({ vault, storage }).create();
      const crashed = createIdentities(crashing(vault, storage, step, when));
      // The deletion of the old key is the one step whose failure is only reported.
      if (step < steps) await expect(crashed.rotate(identifier)).rejects.toThrow(Crash);
      else await crashed.rotate(identifier);
      const survivor = createIdentities({ vault, storage });
      expect(await survivor.hasSigningKey(identifier)).toBe(true);
      const later = await survivor.rotate(identifier);
      expect(later.changes.length).toBeGreaterThanOrEqual(2);
    }
  });

  test("an old secret that cannot be deleted is reported, and the rotation counts", async () => {
    const log: LogEntry[] = [];
    const vault = Object.assign(createSoftwareVault(), {
      deleteSigningKey: async () => Promise.reject(new Error("the token was removed")),
    });
    const identities = createIdentities({ vault, log: (entry) => log.push(entry) });
    const { identifier } = await identities.create();
    expect((await identities.rotate(identifier)).changes).toHaveLength(2);
    expect(log).toMatchObject([{ level: "warn", area: "identity" }]);
  });

  test("a signature that fails leaves no new key behind", async () => {
    const kept = countingSecrets();
    const vault = createSoftwareVault({ storage: kept.storage });
    const storage = memoryIdentityStorage();
    const { identifier } = await createIdentities({ vault, storage }).create();
    const broken = Object.assign(createSoftwareVault({ storage: kept.storage }), {
      sign: async () => Promise.reject(new Error("the token was removed")),
    });
    const identities = createIdentities({ vault: broken, storage });
    await expect(identities.rotate(identifier)).rejects.toThrow("removed");
    expect(kept.count()).toBe(1);
    expect(await identities.hasSigningKey(identifier)).toBe(true);
  });

  test("an error of the storage that may have come too late deletes neither secret", async () => {
    const { storage: secrets, count } = countingSecrets();
    const vault = createSoftwareVault({ storage: secrets });
    const storage = memoryIdentityStorage();
    const { identifier } = await createIdentities({ vault, storage }).create();
    const late: IdentityStorage = {
      ...storage,
      update: async (...parameters) => {
        await storage.update(...parameters);
        throw new Error("the connection broke after the commit");
      },
    };
    await expect(createIdentities({ vault, storage: late }).rotate(identifier)).rejects.toThrow("broke");
    expect(count()).toBe(2);
    const identities = createIdentities({ vault, storage });
    expect((await identities.get(identifier))?.changes).toHaveLength(2);
    expect(await identities.hasSigningKey(identifier)).toBe(true);
  });

  test(
    "any sequence of keys gives a history that others verify",
    async () => {
      const keyTypes = fc.array(fc.constantFrom("ed25519" as const, "p256" as const), {
        minLength: 1,
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(keyTypes, async ([first, ...others]) => {
          const kept = countingSecrets();
          const vault = createSoftwareVault({ storage: kept.storage });
          const identities = createIdentities({ vault });
          const { identifier } = await identities.create({ keyType: first! });
          for (const keyType of others) await identities.rotate(identifier, { keyType });
          const seen = await createIdentities().import(await identities.export(identifier));
          expect(seen.identifier.equals(identifier)).toBe(true);
          expect(seen.changes.map(({ publicKey }) => publicKey.type)).toEqual([first, ...others]);
          expect(await identities.hasSigningKey(identifier)).toBe(true);
          expect(kept.count()).toBe(1);
        }),
        { numRuns: scaled(25) },
      );
    },
    scaled(20_000),
  );
});

async function countRotationSteps(): Promise<number> {
  const vault = createSoftwareVault();
  const storage = memoryIdentityStorage();
  const { identifier } = await createIdentities({ vault, storage }).create();
  const whole = crashing(vault, storage, Number.POSITIVE_INFINITY, "before");
  await createIdentities(whole).rotate(identifier);
  return whole.calls();
}
