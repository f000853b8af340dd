import type { PurposeKeyStorage } from "../purpose-key-storage.ts";
import type { Purpose } from "../purpose.ts";
import type { StorageSuiteOptions, TestFunction } from "./storage-suite.ts";
import { expectSame, expectThat, sampleIdentifier, storageTest } from "./storage-suite.ts";

const A = sampleIdentifier(0xaa);
const B = sampleIdentifier(0xbb);
const PURPOSES: readonly Purpose[] = ["secure-channel", "credentials"];
const CONCURRENT_PUTS = 32;

/**
 * Declares the tests that define a correct {@link PurposeKeyStorage}: that it keeps bytes as they are and one
 * attestation for each identity and purpose.
 * @param test the runner's function.
 * @param create makes an empty storage for each test.
 */
export function testPurposeKeyStorage(
  test: TestFunction,
  create: () => PurposeKeyStorage | Promise<PurposeKeyStorage>,
  options: StorageSuiteOptions<PurposeKeyStorage> = {},
): void {
  const check = storageTest(test, create, options);

  check("purpose key storage: what was never stored is absent", async (storage) => {
    for (const purpose of PURPOSES) {
      expectSame(await storage.get(A, purpose), undefined);
      expectThat(!(await storage.delete(A, purpose)), "something was deleted that was never stored");
    }
  });

  check(
    "purpose key storage: an attestation is stored byte for byte, and replaced",
    async (storage, again) => {
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      await storage.put(A, "credentials", bytes);
      expectSame(await again.get(A, "credentials"), bytes);
      await again.put(A, "credentials", Uint8Array.of(9, 1, 9).subarray(1, 2));
      expectSame(await storage.get(A, "credentials"), Uint8Array.of(1));
    },
  );

  check("purpose key storage: identities and purposes are kept apart", async (storage, again) => {
    const places = [A, B].flatMap((identifier) => PURPOSES.map((purpose) => ({ identifier, purpose })));
    for (const [i, { identifier, purpose }] of places.entries()) {
      await storage.put(identifier, purpose, Uint8Array.of(i));
    }
    for (const [i, { identifier, purpose }] of places.entries()) {
      expectSame(await again.get(identifier, purpose), Uint8Array.of(i));
      expectThat(
        await storage.delete(identifier, purpose),
        "a stored attestation was not found for deletion",
      );
      expectSame(await again.get(identifier, purpose), undefined);
      expectThat(!(await again.delete(identifier, purpose)), "a deleted attestation was found");
    }
  });

  check("purpose key storage: stored bytes are nobody's to change", async (storage) => {
    const given = Uint8Array.of(1, 2, 3);
    await storage.put(A, "secure-channel", given);
    given.fill(0);
    const read = await storage.get(A, "secure-channel");
    expectSame(read, Uint8Array.of(1, 2, 3));
    read?.fill(0);
    expectSame(await storage.get(A, "secure-channel"), Uint8Array.of(1, 2, 3));
  });

  check("purpose key storage: of concurrent puts one remains, whole", async (storage, again) => {
    const values = Array.from({ length: CONCURRENT_PUTS }, (_, i) => new Uint8Array(200).fill(i));
    await Promise.all(values.map((value, i) => (i % 2 === 0 ? storage : again).put(A, "credentials", value)));
    const winner = (await storage.get(A, "credentials"))?.[0];
    expectThat(winner !== undefined, "nothing was stored");
    expectSame(await again.get(A, "credentials"), values[winner!]);
  });
}
