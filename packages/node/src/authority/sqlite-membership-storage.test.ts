import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { testMembershipStorage } from "@ockam/authority/testing";
import { Attributes } from "@ockam/credentials";
import { Identifier } from "@ockam/identity";
import { afterAll, expect, test } from "vitest";

import { Database } from "../state/database.ts";
import { STATE_SCHEMA } from "../state/schema.ts";
import { sqliteMembershipStorage } from "./sqlite-membership-storage.ts";

const folder = mkdtempSync(join(tmpdir(), "ockam-node-"));
const open: Database[] = [];
const [AUTHORITY, OTHER, MEMBER] = [1, 2, 3].map((byte) => new Identifier(new Uint8Array(32).fill(byte))) as [
  Identifier,
  Identifier,
  Identifier,
];

afterAll(() => {
  for (const database of open) database.close();
  rmSync(folder, { recursive: true });
});

function openDatabase(): Database {
  const opened = Database.open(join(folder, `${open.length}.sqlite3`), STATE_SCHEMA);
  open.push(opened);
  return opened;
}

testMembershipStorage(test, () => sqliteMembershipStorage(openDatabase(), AUTHORITY));

test("two authorities in one file have nothing in common", async () => {
  const shared = openDatabase();
  const [one, other] = [AUTHORITY, OTHER].map((authority) => sqliteMembershipStorage(shared, authority)) as [
    ReturnType<typeof sqliteMembershipStorage>,
    ReturnType<typeof sqliteMembershipStorage>,
  ];
  const codeHash = new Uint8Array(32).fill(9);
  const attributes = new Attributes();
  const member = { identifier: MEMBER, attributes, addedBy: AUTHORITY, addedAt: 1, isPreTrusted: false };
  await one.addToken({ codeHash, issuedBy: AUTHORITY, createdAt: 1, expiresAt: 100, uses: 1, attributes });
  expect(await other.redeem(codeHash, () => member, 2)).toBe("unknown");
  expect(await one.redeem(codeHash, () => member, 2)).toBe("redeemed");
  expect(await other.find(MEMBER)).toBeUndefined();
  await one.delete(MEMBER, 3);
  expect((await other.changesSince(0)).changes).toEqual([]);
  expect(await other.lastChangeOf(MEMBER)).toBeUndefined();
});
