import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import { encodeStoredAttributes } from "../attributes-codec.ts";
import { Attributes } from "../attributes.ts";
import type { AttributesEntry, AttributeStorage } from "../attribute-storage.ts";

/** The function of a test runner that declares a test: of Vitest, `node:test`, Bun or any other. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;

/** What the suite may use of a storage beside its methods. */
export interface AttributeStorageSuiteOptions {
  /** Releases a storage after its test. */
  readonly close?: (storage: AttributeStorage) => void | Promise<void>;
}

const [SUBJECT, OTHER, AUTHORITY, SECOND] = [1, 2, 3, 4].map(
  (byte) => new Identifier(new Uint8Array(IDENTIFIER_LENGTH).fill(byte)),
) as [Identifier, Identifier, Identifier, Identifier];
const ADDED = 1_700_000_000;
const EXPIRES = ADDED + 60;

/**
 * Declares the tests that define a correct {@link AttributeStorage}.
 * @param test the runner's function.
 * @param create makes an empty storage for each test.
 */
export function testAttributeStorage(
  test: TestFunction,
  create: () => AttributeStorage | Promise<AttributeStorage>,
  options: AttributeStorageSuiteOptions = {},
): void {
  const declare = (name: string, run: (storage: AttributeStorage) => Promise<void>): void => {
    test(`attribute storage: ${name}`, async () => {
      const storage = await create();
      try {
        await run(storage);
      } finally {
        await options.close?.(storage);
      }
    });
  };

  declare("what was never stored is absent", async (storage) => {
    expectEntry(await storage.get(SUBJECT, AUTHORITY, ADDED), undefined);
    expectThat(!(await storage.delete(SUBJECT)), "something was deleted that was never stored");
  });

  declare("an entry is kept whole, bytes that are no text included", async (storage) => {
    const entry = entryOf({
      attributes: new Attributes([
        [Uint8Array.of(0xff, 0x00), Uint8Array.of(0x80)],
        ["ockam-role", "enroller"],
        ["", ""],
      ]),
    });
    await storage.put(entry);
    expectEntry(await storage.get(SUBJECT, AUTHORITY, ADDED), entry);
  });

  declare("the time of the credential is kept", async (storage) => {
    const entry = { ...entryOf({}), createdAt: ADDED - 10 };
    await storage.put(entry);
    const found = await storage.get(SUBJECT, AUTHORITY, ADDED);
    expectThat(found?.createdAt === ADDED - 10, "the entry has lost when its credential was made");
    await storage.put(entryOf({}));
    const later = await storage.get(SUBJECT, AUTHORITY, ADDED);
    expectThat(later?.createdAt === undefined, "the entry has the time of the credential before");
  });

  declare("no attributes are an entry, too", async (storage) => {
    const entry = entryOf({ attributes: new Attributes() });
    await storage.put(entry);
    expectEntry(await storage.get(SUBJECT, AUTHORITY, ADDED), entry);
  });

  declare("a later entry takes the place of an earlier one, attributes and times", async (storage) => {
    await storage.put(entryOf({ attributes: Attributes.of({ a: "1", b: "2" }) }));
    const later = entryOf({
      attributes: Attributes.of({ b: "3" }),
      addedAt: ADDED + 1,
      expiresAt: EXPIRES + 5,
    });
    await storage.put(later);
    expectEntry(await storage.get(SUBJECT, AUTHORITY, EXPIRES), later);
  });

  declare("subjects and authorities are kept apart", async (storage) => {
    const entries = [SUBJECT, OTHER].flatMap((subject) =>
      [AUTHORITY, SECOND].map((attestedBy) =>
        entryOf({
          subject,
          attestedBy,
          attributes: Attributes.of({ of: `${subject.hex} ${attestedBy.hex}` }),
        }),
      ),
    );
    for (const entry of entries) await storage.put(entry);
    for (const entry of entries) {
      expectEntry(await storage.get(entry.subject, entry.attestedBy, ADDED), entry);
    }
    expectEntry(await storage.get(AUTHORITY, SUBJECT, ADDED), undefined);
  });

  declare("what another authority attested is no answer", async (storage) => {
    await storage.put(entryOf({}));
    expectEntry(await storage.get(SUBJECT, SECOND, ADDED), undefined);
  });

  declare("an entry is gone in the second in which it expires", async (storage) => {
    const entry = entryOf({});
    await storage.put(entry);
    expectEntry(await storage.get(SUBJECT, AUTHORITY, EXPIRES - 1), entry);
    expectEntry(await storage.get(SUBJECT, AUTHORITY, EXPIRES), undefined);
  });

  declare("an expired entry can be renewed", async (storage) => {
    await storage.put(entryOf({}));
    expectEntry(await storage.get(SUBJECT, AUTHORITY, EXPIRES), undefined);
    const renewed = entryOf({ addedAt: EXPIRES, expiresAt: EXPIRES + 60 });
    await storage.put(renewed);
    expectEntry(await storage.get(SUBJECT, AUTHORITY, EXPIRES), renewed);
  });

  declare(
    "deleting a subject deletes what all authorities attested, and no other subject",
    async (storage) => {
      const kept = entryOf({ subject: OTHER });
      for (const entry of [entryOf({}), entryOf({ attestedBy: SECOND }), kept]) await storage.put(entry);
      expectThat(await storage.delete(SUBJECT), "a stored entry was not found for deletion");
      expectEntry(await storage.get(SUBJECT, AUTHORITY, ADDED), undefined);
      expectEntry(await storage.get(SUBJECT, SECOND, ADDED), undefined);
      expectEntry(await storage.get(OTHER, AUTHORITY, ADDED), kept);
      expectThat(!(await storage.delete(SUBJECT)), "a deleted entry was found");
    },
  );
}

function entryOf(changes: Partial<AttributesEntry>): AttributesEntry {
  return {
    subject: SUBJECT,
    attributes: Attributes.of({ "ockam-role": "member" }),
    attestedBy: AUTHORITY,
    addedAt: ADDED,
    expiresAt: EXPIRES,
    ...changes,
  };
}

function expectEntry(actual: AttributesEntry | undefined, expected: AttributesEntry | undefined): void {
  const [found, wanted] = [describe(actual), describe(expected)];
  expectThat(found === wanted, `expected ${wanted}, got ${found}`);
}

function describe(entry: AttributesEntry | undefined): string {
  if (entry === undefined) return "nothing";
  const { subject, attestedBy, addedAt, expiresAt } = entry;
  const attributes = encodeStoredAttributes(entry.attributes).join(" ");
  return `${attributes} of ${subject.toString()} by ${attestedBy.toString()} from ${addedAt} to ${expiresAt}`;
}

function expectThat(condition: boolean, message: string): void {
  if (condition) return;
  const error = new Error(message);
  error.name = "AssertionError";
  throw error;
}
