import { Attributes } from "@ockam/credentials";
import type { AttributesEntry } from "@ockam/credentials";
import { testAttributeStorage } from "@ockam/credentials/testing";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { codeOf } from "../../testing/nodes.ts";
import { SqliteState } from "../state/sqlite-state.ts";
import { AttestedAttributes } from "./attested-attributes.ts";

const NOW = 1_700_000_000;
const [SUBJECT, OTHER, AUTHORITY, SECOND] = [1, 2, 3, 4].map(
  (byte) => new Identifier(new Uint8Array(IDENTIFIER_LENGTH).fill(byte)),
) as [Identifier, Identifier, Identifier, Identifier];

function clock(): number {
  return Math.floor(Date.now() / 1000);
}

function entry(changes: Partial<AttributesEntry> = {}): AttributesEntry {
  return {
    subject: SUBJECT,
    attestedBy: AUTHORITY,
    attributes: Attributes.of({ role: "client" }),
    addedAt: NOW,
    createdAt: NOW,
    expiresAt: NOW + 10,
    ...changes,
  };
}

describe("as any storage", () => {
  testAttributeStorage(
    test,
    () => new AttestedAttributes(SqliteState.open({ inMemory: true }).database, () => NOW),
  );
});

describe("one after the other", () => {
  // Another node of the subject may open a channel, or a slow one may be refreshed, with the credential before.
  test("an older credential does not take the place of a newer one", async () => {
    const attributes = new AttestedAttributes(SqliteState.open({ inMemory: true }).database, () => NOW);
    const newer = entry({ createdAt: NOW + 1, expiresAt: NOW + 20 });
    await attributes.put(newer);
    await attributes.put(entry({ attributes: Attributes.of({ role: "admin" }) }));
    await attributes.put({ ...newer, addedAt: NOW + 2 });
    expect(await attributes.get(SUBJECT, AUTHORITY, NOW)).toEqual(newer);
    // Another one of the same second, and one that lasts longer.
    const other = { ...newer, attributes: Attributes.of({ role: "admin" }) };
    await attributes.put(other);
    expect(await attributes.get(SUBJECT, AUTHORITY, NOW)).toEqual(other);
    await attributes.put(entry({ expiresAt: NOW + 21 }));
    expect(await attributes.get(SUBJECT, AUTHORITY, NOW)).toEqual(entry({ expiresAt: NOW + 21 }));
  });
});

test("what another process of the state put there is told as well, once it is presented here", async () => {
  const { database } = SqliteState.open({ inMemory: true });
  const [here, there] = [new AttestedAttributes(database, clock), new AttestedAttributes(database, clock)];
  await there.put(entry());
  const told: unknown[] = [];
  here.onChange((subject) => told.push(subject?.hex));
  await here.put(entry());
  expect(told).toEqual([SUBJECT.hex]);
});

describe("revocation", () => {
  const state = SqliteState.open({ inMemory: true });
  const create = (): AttestedAttributes => new AttestedAttributes(state.database, () => NOW);

  test("drops what came from credentials that are void by it, and takes them no more", async () => {
    const attributes = create();
    const told: unknown[] = [];
    attributes.onChange((subject) => told.push(subject?.hex));
    await attributes.put(entry());
    await attributes.put(entry({ subject: OTHER }));
    await attributes.put(entry({ attestedBy: SECOND }));
    told.length = 0;
    attributes.revoke(AUTHORITY, { changes: [{ subject: SUBJECT, changedAt: NOW }], sequence: 7 });
    expect(told).toEqual([SUBJECT.hex]);
    expect(await attributes.get(SUBJECT, AUTHORITY, NOW)).toBeUndefined();
    expect(await attributes.get(SUBJECT, SECOND, NOW)).toBeDefined();
    expect(await attributes.get(OTHER, AUTHORITY, NOW)).toBeDefined();
    expect(await codeOf(() => attributes.put(entry()))).toBe("OCKAM_NODE_CREDENTIAL_REVOKED");
    expect(await codeOf(() => attributes.put(entry({ createdAt: NOW - 1 })))).toBe(
      "OCKAM_NODE_CREDENTIAL_REVOKED",
    );
    expect(await attributes.get(SUBJECT, AUTHORITY, NOW)).toBeUndefined();
    // A member that was let in again.
    await attributes.put(entry({ createdAt: NOW + 1 }));
    expect(await attributes.get(SUBJECT, AUTHORITY, NOW)).toBeDefined();
  });

  test("is there after a restart, and for the other nodes of the state", async () => {
    const attributes = create();
    expect(attributes.sequence(AUTHORITY)).toBe(7);
    expect(attributes.sequence(SECOND)).toBeUndefined();
    expect(attributes.changedAt(AUTHORITY, SUBJECT)).toBe(NOW);
    expect(await codeOf(() => attributes.put(entry()))).toBe("OCKAM_NODE_CREDENTIAL_REVOKED");
  });

  test("heard late leaves what came from a newer credential, and never goes back", async () => {
    const attributes = create();
    await attributes.put(entry({ createdAt: NOW + 5 }));
    attributes.revoke(AUTHORITY, { changes: [{ subject: SUBJECT, changedAt: NOW - 100 }], sequence: 8 });
    expect(await attributes.get(SUBJECT, AUTHORITY, NOW)).toBeDefined();
    expect(attributes.changedAt(AUTHORITY, SUBJECT)).toBe(NOW);
  });

  test("of everything, when news were missed", async () => {
    const attributes = create();
    const told: unknown[] = [];
    await attributes.put(entry({ createdAt: NOW + 5 }));
    await attributes.put(entry({ attestedBy: SECOND }));
    attributes.onChange((subject) => told.push(subject));
    attributes.revoke(AUTHORITY, { changes: [], sequence: 9, all: true });
    expect(told).toEqual([undefined]);
    expect(await attributes.get(SUBJECT, AUTHORITY, NOW)).toBeUndefined();
    expect(await attributes.get(SUBJECT, SECOND, NOW)).toBeDefined();
  });
});

describe("lapse", () => {
  beforeEach(() => vi.useFakeTimers({ now: NOW * 1000 }));
  afterEach(() => vi.useRealTimers());

  test("is told in the second in which it happens, unless it was renewed", async () => {
    const attributes = new AttestedAttributes(SqliteState.open({ inMemory: true }).database, clock);
    await attributes.put(entry());
    await attributes.put(entry({ subject: OTHER, expiresAt: NOW + 5 }));
    const told: [string | undefined, number][] = [];
    attributes.onChange((subject) => told.push([subject?.hex, clock() - NOW]));
    await vi.advanceTimersByTimeAsync(8000);
    expect(told).toEqual([[OTHER.hex, 5]]);
    await attributes.put(entry({ createdAt: NOW + 8, expiresAt: NOW + 18 }));
    expect(told.at(-1)).toEqual([SUBJECT.hex, 8]);
    await vi.advanceTimersByTimeAsync(9900);
    expect(told).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told.at(-1)).toEqual([SUBJECT.hex, 18]);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(told).toHaveLength(3);
  });

  test("of what was only looked up is told, too, and a renewal by another process is seen", async () => {
    const { database } = SqliteState.open({ inMemory: true });
    const [here, there] = [new AttestedAttributes(database, clock), new AttestedAttributes(database, clock)];
    await there.put(entry());
    const told: number[] = [];
    here.onChange(() => told.push(clock() - NOW));
    expect(await here.get(SUBJECT, AUTHORITY, NOW)).toBeDefined();
    await there.put(entry({ expiresAt: NOW + 20 }));
    await vi.advanceTimersByTimeAsync(15_000);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(6000);
    expect(told).toEqual([20]);
    here.close();
    there.close();
  });

  test("is told when the state cannot be read any more, and not after the end", async () => {
    const { database } = SqliteState.open({ inMemory: true });
    const [one, two] = [new AttestedAttributes(database, clock), new AttestedAttributes(database, clock)];
    let told = 0;
    one.onChange(() => (told += 1));
    two.onChange(() => (told += 100));
    await one.put(entry());
    expect(await two.get(SUBJECT, AUTHORITY, NOW)).toBeDefined();
    told = 0;
    two.close();
    database.close();
    await vi.advanceTimersByTimeAsync(11_000);
    expect(told).toBe(1);
  });

  test("is found when the clock was set forward", async () => {
    const attributes = new AttestedAttributes(SqliteState.open({ inMemory: true }).database, clock);
    await attributes.put(entry({ expiresAt: NOW + 3600 }));
    let told = 0;
    attributes.onChange(() => (told += 1));
    vi.setSystemTime((NOW + 4000) * 1000);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(told).toBe(1);
  });
});
