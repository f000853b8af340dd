import { Attributes } from "@ockam/credentials";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import type { MembershipStorage, StoredMember, StoredToken } from "../membership-storage.ts";

/** The function of a test runner that declares a test: of Vitest, `node:test`, Bun or any other. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;

/** What the suite may use of a storage beside its methods. */
export interface MembershipStorageSuiteOptions {
  /** Releases a storage after its test. */
  readonly close?: (storage: MembershipStorage) => void | Promise<void>;
}

const [ADMIN, ALICE, BOB] = [1, 2, 3].map(
  (byte) => new Identifier(new Uint8Array(IDENTIFIER_LENGTH).fill(byte)),
) as [Identifier, Identifier, Identifier];
const NOW = 1_700_000_000;
const HASH = new Uint8Array(32).fill(9);

/**
 * Declares the tests that define a correct {@link MembershipStorage}.
 * @param test the runner's function.
 * @param create makes an empty storage for each test.
 */
export function testMembershipStorage(
  test: TestFunction,
  create: () => MembershipStorage | Promise<MembershipStorage>,
  options: MembershipStorageSuiteOptions = {},
): void {
  const declare = (name: string, run: (storage: MembershipStorage) => Promise<void>): void => {
    test(`membership storage: ${name}`, async () => {
      const storage = await create();
      try {
        await run(storage);
      } finally {
        await options.close?.(storage);
      }
    });
  };

  declare("has nobody at first", async (storage) => {
    expectThat((await storage.find(ALICE)) === undefined, "a member that nobody added");
    expectEqual(await storage.list(), []);
    expectEqual(await storage.counts(NOW), { members: 0, tokens: 0 });
    expectEqual(await storage.lastSequence(), 0);
    expectEqual(await storage.changesSince(0), { sequence: 0, changes: [], complete: true });
  });

  declare("finds a member as it was put", async (storage) => {
    const member = memberOf(ALICE, { city: "Paris", empty: "" });
    await storage.put(member);
    expectMember(await storage.find(ALICE), member);
    expectThat((await storage.find(BOB)) === undefined, "another member was found");
    expectEqual((await storage.counts(NOW)).members, 1);
    expectEqual(await storage.lastSequence(), 0);
  });

  declare("replaces a member, and notes the change", async (storage) => {
    await storage.put(memberOf(ALICE, { a: "1" }));
    await storage.put(memberOf(ALICE, { b: "2" }), NOW + 5);
    expectMember(await storage.find(ALICE), memberOf(ALICE, { b: "2" }));
    expectEqual((await storage.list()).length, 1);
    expectEqual(await storage.lastChangeOf(ALICE), NOW + 5);
    expectEqual(await changed(storage, 0), [[ALICE.hex, NOW + 5]]);
  });

  declare("deletes a member once, and notes the change", async (storage) => {
    await storage.put(memberOf(ALICE, {}));
    expectThat(await storage.delete(ALICE, NOW), "the member was not found");
    expectThat(!(await storage.delete(ALICE, NOW + 1)), "a member was deleted twice");
    expectThat((await storage.find(ALICE)) === undefined, "a deleted member is there");
    expectEqual(await changed(storage, 0), [[ALICE.hex, NOW]]);
  });

  declare("tells changes from a sequence number on, of each subject the last one", async (storage) => {
    for (const member of [ALICE, BOB]) await storage.put(memberOf(member, {}));
    await storage.delete(ALICE, NOW);
    const { sequence } = await storage.changesSince(0);
    await storage.put(memberOf(BOB, { a: "1" }), NOW + 1);
    await storage.put(memberOf(BOB, { a: "2" }), NOW + 2);
    expectEqual(await changed(storage, sequence), [[BOB.hex, NOW + 2]]);
    expectEqual(await changed(storage, 0), [
      [ALICE.hex, NOW],
      [BOB.hex, NOW + 2],
    ]);
    expectThat((await storage.changesSince(sequence)).complete, "nothing was forgotten");
    const last = await storage.lastSequence();
    expectEqual(await storage.changesSince(last), { sequence: last, changes: [], complete: true });
  });

  declare("of two changes, the second is noted for a later second", async (storage) => {
    await storage.put(memberOf(ALICE, {}));
    await storage.put(memberOf(ALICE, { a: "1" }), NOW);
    await storage.put(memberOf(ALICE, { a: "2" }), NOW);
    expectEqual(await storage.lastChangeOf(ALICE), NOW + 1);
    await storage.delete(ALICE, NOW - 100);
    expectEqual(await changed(storage, 0), [[ALICE.hex, NOW + 2]]);
  });

  declare("a sequence number that it has never told is incomplete", async (storage) => {
    expectThat(!(await storage.changesSince(7)).complete, "changes up to 7 are not known");
  });

  declare("says when it has forgotten changes", async (storage) => {
    for (const member of [ALICE, BOB]) await storage.put(memberOf(member, {}));
    await storage.delete(ALICE, NOW);
    const { sequence } = await storage.changesSince(0);
    await storage.delete(BOB, NOW + 100);
    await storage.forgetChangesBefore(NOW + 50);
    expectThat(!(await storage.changesSince(0)).complete, "the change of the first member is forgotten");
    expectThat((await storage.changesSince(sequence)).complete, "nothing after it is forgotten");
    expectEqual(await changed(storage, sequence), [[BOB.hex, NOW + 100]]);
    expectThat((await storage.lastChangeOf(ALICE)) === undefined, "a forgotten change is told");
    await storage.forgetChangesBefore(NOW + 1000);
    const last = await storage.lastSequence();
    expectThat((await storage.changesSince(last)).complete, "the last sequence number is still the last one");
    await storage.put(memberOf(ALICE, {}), NOW + 2000);
    expectThat((await storage.lastSequence()) > last, "sequence numbers do not start again");
  });

  declare("a code is good as often as it says", async (storage) => {
    await storage.addToken(tokenOf({ uses: 2, attributes: Attributes.of({ role: "db" }) }));
    expectEqual(await storage.redeem(HASH, (token) => memberBy(token, ALICE), NOW), "redeemed");
    expectMember(await storage.find(ALICE), { ...memberOf(ALICE, { role: "db" }), addedBy: ADMIN });
    expectEqual(await storage.redeem(HASH, (token) => memberBy(token, ALICE), NOW), "already-a-member");
    expectEqual(await storage.redeem(HASH, (token) => memberBy(token, BOB), NOW), "redeemed");
    expectEqual(await storage.redeem(HASH, (token) => memberBy(token, ADMIN), NOW), "unknown");
    expectThat((await storage.find(ADMIN)) === undefined, "a used code made a member");
    expectEqual((await storage.counts(NOW)).tokens, 0);
  });

  declare("a code is good until its time is over", async (storage) => {
    await storage.addToken(tokenOf({ expiresAt: NOW + 10 }));
    expectEqual((await storage.counts(NOW + 9)).tokens, 1);
    expectEqual((await storage.counts(NOW + 10)).tokens, 0);
    expectEqual(await storage.redeem(HASH, (token) => memberBy(token, ALICE), NOW + 10), "unknown");
  });

  declare("one whose time as a member is over is told with it, and can become one again", async (storage) => {
    const member = { ...memberOf(ALICE, { a: "1" }), expiresAt: NOW + 10 };
    await storage.put(member);
    expectMember(await storage.find(ALICE), member);
    await storage.addToken(tokenOf({}));
    expectEqual(await storage.redeem(HASH, (token) => memberBy(token, ALICE), NOW + 9), "already-a-member");
    expectEqual(await storage.redeem(HASH, (token) => memberBy(token, ALICE), NOW + 10), "redeemed");
    expectThat((await storage.find(ALICE))?.expiresAt === undefined, "the old end is still there");
  });

  declare("another code is unknown", async (storage) => {
    await storage.addToken(tokenOf({}));
    const other = new Uint8Array(32).fill(8);
    expectEqual(await storage.redeem(other, (token) => memberBy(token, ALICE), NOW), "unknown");
  });

  declare("a code that makes no member is not used up", async (storage) => {
    await storage.addToken(tokenOf({}));
    let failed = false;
    try {
      await storage.redeem(
        HASH,
        () => {
          throw new Error("no member");
        },
        NOW,
      );
    } catch {
      failed = true;
    }
    expectThat(failed, "the failure was not told");
    expectEqual(await storage.redeem(HASH, (token) => memberBy(token, ALICE), NOW), "redeemed");
  });

  declare("of many who redeem a code at once, one succeeds", async (storage) => {
    await storage.addToken(tokenOf({}));
    const outcomes = await Promise.all(
      [ALICE, BOB, ADMIN].map((who) => storage.redeem(HASH, (token) => memberBy(token, who), NOW)),
    );
    expectEqual(outcomes.filter((outcome) => outcome === "redeemed").length, 1);
    expectEqual((await storage.list()).length, 1);
  });

  declare("pre-trusted members are those of the last list, and no others", async (storage) => {
    const trusted = (who: Identifier, properties: Record<string, string>): StoredMember => ({
      ...memberOf(who, properties),
      isPreTrusted: true,
    });
    await storage.put(memberOf(BOB, {}));
    await storage.setPreTrusted([trusted(ADMIN, { a: "1" }), trusted(ALICE, {})], NOW);
    expectEqual((await storage.list()).length, 3);
    expectEqual(await changed(storage, 0), []);
    await storage.setPreTrusted([trusted(ADMIN, { a: "2" })], NOW + 1);
    expectThat((await storage.find(ALICE)) === undefined, "a member that is not on the list any more");
    expectThat((await storage.find(BOB)) !== undefined, "a member that never was on the list is gone");
    expectThat((await storage.find(ADMIN))?.isPreTrusted === true, "the member on the list is not trusted");
    const subjects = (await changed(storage, 0)).map(([hex]) => hex);
    expectEqual(subjects.toSorted(byText), [ALICE.hex, ADMIN.hex].toSorted(byText));
  });
}

function memberOf(identifier: Identifier, properties: Record<string, string>): StoredMember {
  return {
    identifier,
    attributes: Attributes.of(properties),
    addedBy: ADMIN,
    addedAt: NOW,
    isPreTrusted: false,
  };
}

function tokenOf(differences: Partial<StoredToken>): StoredToken {
  return {
    codeHash: HASH,
    issuedBy: ADMIN,
    createdAt: NOW,
    expiresAt: NOW + 600,
    uses: 1,
    attributes: new Attributes(),
    ...differences,
  };
}

function memberBy({ attributes, issuedBy }: StoredToken, identifier: Identifier): StoredMember {
  return { identifier, attributes, addedBy: issuedBy, addedAt: NOW, isPreTrusted: false };
}

async function changed(storage: MembershipStorage, since: number): Promise<[string, number][]> {
  const { changes } = await storage.changesSince(since);
  return changes.map(({ changedAt, subject }) => [subject.hex, changedAt]);
}

function expectMember(found: StoredMember | undefined, expected: StoredMember): void {
  expectEqual(found === undefined ? undefined : plain(found), plain(expected));
}

function plain(member: StoredMember): readonly unknown[] {
  return [
    member.identifier.hex,
    Array.from(member.attributes, ([name, value]) => [[...name], [...value]]),
    member.addedBy.hex,
    member.addedAt,
    member.isPreTrusted,
    member.expiresAt ?? null,
  ];
}

function expectEqual(found: unknown, expected: unknown): void {
  const [foundText, expectedText] = [JSON.stringify(found), JSON.stringify(expected)];
  expectThat(foundText === expectedText, `${foundText} is not ${expectedText}`);
}

function expectThat(condition: boolean, fault: string): void {
  if (!condition) throw new Error(fault);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
