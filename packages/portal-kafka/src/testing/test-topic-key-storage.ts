import { toHex } from "@ockam/codec";
import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import { SALT_LENGTH } from "../topic-key-storage.ts";
import type { TopicKeyEntry, TopicKeyStorage } from "../topic-key-storage.ts";
import type { TestFunction } from "./test-function.ts";

const ENTRY: TopicKeyEntry = {
  id: "00112233445566778899aabbccddeeff0011223344556677",
  producer: new Identifier(new Uint8Array(IDENTIFIER_LENGTH).fill(1)),
  topic: "orders",
  sealsUntil: 1_800_000_000,
  keptUntil: 1_800_604_800,
  isServed: true,
};
const OTHER: TopicKeyEntry = {
  id: "ff".repeat(24),
  producer: new Identifier(new Uint8Array(IDENTIFIER_LENGTH).fill(2)),
  topic: "any name, ünïcode too",
  sealsUntil: 5_000_000_000,
  keptUntil: 0,
  isServed: false,
};

/**
 * Declares the tests that define a correct {@link TopicKeyStorage}.
 * @param test the runner's function.
 * @param create makes an empty storage for each test.
 */
export function testTopicKeyStorage(
  test: TestFunction,
  create: () => TopicKeyStorage | Promise<TopicKeyStorage>,
): void {
  test("topic key storage: entries are found by their id", async () => {
    const storage = await create();
    await storage.put(ENTRY);
    await storage.put(OTHER);
    expectText(textOf(await storage.get(ENTRY.id)), textOf(ENTRY));
    expectText(textOf(await storage.get(OTHER.id)), textOf(OTHER));
    expectText(textOf(await storage.get("00".repeat(24))), "nothing");
  });

  test("topic key storage: a later entry takes the place of an earlier one", async () => {
    const storage = await create();
    await storage.put(OTHER);
    const later = { ...ENTRY, id: OTHER.id };
    await storage.put(later);
    expectText(textOf(await storage.get(OTHER.id)), textOf(later));
  });

  test("topic key storage: a deleted entry is gone, and only that one", async () => {
    const storage = await create();
    await storage.put(ENTRY);
    await storage.put(OTHER);
    expectText(String(await storage.delete(ENTRY.id)), "true");
    expectText(String(await storage.delete(ENTRY.id)), "false");
    expectText(textOf(await storage.get(ENTRY.id)), "nothing");
    expectText(textOf(await storage.get(OTHER.id)), textOf(OTHER));
  });

  test("topic key storage: entries whose end has come are told, and no others", async () => {
    const storage = await create();
    await storage.put(ENTRY);
    await storage.put(OTHER);
    const ended = async (at: number): Promise<string> =>
      (await storage.ended(at, 10)).map((entry) => textOf(entry)).join();
    expectText(await ended(ENTRY.keptUntil - 1), "");
    expectText(await ended(ENTRY.keptUntil), textOf(ENTRY));
    expectText(await ended(Number.MAX_SAFE_INTEGER), textOf(ENTRY));
  });

  test("topic key storage: no more ended entries are told than asked for", async () => {
    const storage = await create();
    for (const id of ["aa", "bb", "cc"]) await storage.put({ ...ENTRY, id: id.repeat(24) });
    const ended = await storage.ended(ENTRY.keptUntil, 2);
    expectText(String(new Set(ended.map(({ id }) => id)).size), "2");
  });

  test("topic key storage: entries are counted by their producer", async () => {
    const storage = await create();
    await storage.put(ENTRY);
    await storage.put({ ...ENTRY, isServed: false });
    await storage.put({ ...ENTRY, id: "aa".repeat(24) });
    await storage.put(OTHER);
    expectText(String(await storage.count(ENTRY.producer)), "2");
    expectText(String(await storage.count(OTHER.producer)), "1");
    expectText(String(await storage.count(new Identifier(new Uint8Array(IDENTIFIER_LENGTH)))), "0");
  });

  test("topic key storage: an origin is what ids begin with", async () => {
    const storage = await create();
    expectText(String(await storage.hasOrigin("ff".repeat(8))), "false");
    await storage.put(ENTRY);
    await storage.put(OTHER);
    expectText(String(await storage.hasOrigin("ff".repeat(8))), "true");
    expectText(String(await storage.hasOrigin("0011223344556677")), "true");
    expectText(String(await storage.hasOrigin("0011223344556678")), "false");
    expectText(String(await storage.hasOrigin("8899aabbccddeeff")), "false");
  });

  test("topic key storage: the salt stays, also when it is asked for twice at once", async () => {
    const storage = await create();
    const salts = [...(await Promise.all([storage.salt(), storage.salt()])), await storage.salt()];
    expectText(String(new Set(salts.map(toHex)).size), "1");
    expectText(String(salts[0]!.length), String(SALT_LENGTH));
    const other = await create();
    expectText(String(toHex(await other.salt()) === toHex(salts[0]!)), "false");
  });
}

function expectText(actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`expected ${expected}, got ${actual}`);
}

function textOf(entry: TopicKeyEntry | undefined): string {
  if (entry === undefined) return "nothing";
  const { id, isServed, keptUntil, producer, sealsUntil, topic } = entry;
  return JSON.stringify([id, producer.hex, topic, sealsUntil, keptUntil, isServed]);
}
