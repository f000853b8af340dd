import type { IdentityStorage } from "../identity-storage.ts";
import type { StorageSuiteOptions, TestFunction } from "./storage-suite.ts";
import { expectRejection, expectSame, expectThat, sampleIdentifier, storageTest } from "./storage-suite.ts";

const A = sampleIdentifier(0xaa);
const B = sampleIdentifier(0xbb);
const CONCURRENT_UPDATES = 32;

/**
 * Declares the tests that define a correct {@link IdentityStorage}: that it keeps bytes as they are, keeps
 * identifiers apart, and that an update is one transaction.
 * @param test the runner's function.
 * @param create makes an empty storage for each test.
 */
export function testIdentityStorage(
  test: TestFunction,
  create: () => IdentityStorage | Promise<IdentityStorage>,
  options: StorageSuiteOptions<IdentityStorage> = {},
): void {
  const check = storageTest(test, create, options);

  check("identity storage: an unknown identifier has no history", async (storage) => {
    expectSame(await storage.get(A), undefined);
    expectThat((await storage.list()).length === 0, "a new storage lists identifiers");
    expectThat(!(await storage.delete(A)), "something was deleted that was never stored");
  });

  check("identity storage: an update stores what it decides, byte for byte", async (storage, again) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await storage.update(A, (known) => {
      expectSame(known, undefined);
      return bytes;
    });
    expectSame(await storage.get(A), bytes);
    expectSame(await again.get(A), bytes);
    await again.update(A, (known) => {
      expectSame(known, bytes);
      return Uint8Array.of(1);
    });
    expectSame(await storage.get(A), Uint8Array.of(1));
  });

  check("identity storage: a view is stored without what surrounds it", async (storage) => {
    await storage.update(A, () => Uint8Array.of(9, 1, 2, 9).subarray(1, 3));
    expectSame(await storage.get(A), Uint8Array.of(1, 2));
  });

  check("identity storage: an update that decides undefined changes nothing", async (storage) => {
    await storage.update(A, () => undefined);
    expectSame(await storage.get(A), undefined);
    await storage.update(A, () => Uint8Array.of(1));
    await storage.update(A, () => undefined);
    expectSame(await storage.get(A), Uint8Array.of(1));
  });

  check("identity storage: an error of the decision is passed on and nothing is stored", async (storage) => {
    const error = new Error("refused");
    const refuse = (): never => {
      throw error;
    };
    await expectRejection(storage.update(A, refuse), error);
    expectSame(await storage.get(A), undefined);
    await storage.update(A, () => Uint8Array.of(1));
    await expectRejection(storage.update(A, refuse), error);
    expectSame(await storage.get(A), Uint8Array.of(1));
    await storage.update(A, () => Uint8Array.of(2));
    expectSame(await storage.get(A), Uint8Array.of(2));
  });

  check("identity storage: no update comes between another's reading and storing", async (storage, again) => {
    const handles = Array.from({ length: CONCURRENT_UPDATES }, (_, i) => (i % 2 === 0 ? storage : again));
    await Promise.all(handles.map((handle) => handle.update(A, append)));
    expectSame(await storage.get(A), new Uint8Array(CONCURRENT_UPDATES).fill(7));
  });

  check("identity storage: of updates that store only the first, one stores", async (storage, again) => {
    const stored: number[] = [];
    const updates = Array.from({ length: CONCURRENT_UPDATES }, async (_, i) => {
      let mine = false;
      await (i % 2 === 0 ? storage : again).update(A, (known) => {
        mine = known === undefined;
        return mine ? Uint8Array.of(i) : undefined;
      });
      if (mine) stored.push(i);
    });
    await Promise.all(updates);
    expectThat(stored.length === 1, `${stored.length} updates believe to have been the first`);
    expectSame(await storage.get(A), Uint8Array.of(stored[0]!));
  });

  check("identity storage: stored bytes are nobody's to change", async (storage) => {
    const given = Uint8Array.of(1, 2, 3);
    await storage.update(A, () => given);
    given.fill(0);
    const read = await storage.get(A);
    expectSame(read, Uint8Array.of(1, 2, 3));
    read?.fill(0);
    await storage.update(A, (known) => {
      expectSame(known, Uint8Array.of(1, 2, 3));
      known?.fill(0);
      return undefined;
    });
    expectSame(await storage.get(A), Uint8Array.of(1, 2, 3));
  });

  check("identity storage: identifiers are kept apart, listed and deleted", async (storage, again) => {
    await storage.update(A, () => Uint8Array.of(1));
    await storage.update(B, () => Uint8Array.of(2));
    const listed = (await again.list()).map((identifier) => identifier.toString()).toSorted();
    expectThat(listed.join() === [A, B].map(String).join(), `unexpected list: ${listed.join()}`);
    expectThat(await storage.delete(A), "the stored history was not found for deletion");
    expectThat(!(await storage.delete(A)), "a deleted history was found");
    expectSame(await again.get(A), undefined);
    expectSame(await again.get(B), Uint8Array.of(2));
    expectThat((await storage.list()).length === 1, "a deleted history is listed");
  });
}

/** A lost update leaves what this builds too short. */
function append(known: Uint8Array | undefined): Uint8Array {
  return Uint8Array.of(...(known ?? []), 7);
}
