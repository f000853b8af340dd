import { Identifier, IDENTIFIER_LENGTH } from "@ockam/identity";

import type { DecryptionKeyEntry, DecryptionKeyStorage } from "../decryption-key-storage.ts";
import type { TestFunction } from "./test-function.ts";

const ENTRY: DecryptionKeyEntry = entry("00112233445566778899aabbccddeeff", 1);
const OTHER: DecryptionKeyEntry = entry("any name, ünïcode too", 2);

/**
 * Declares the tests that define a correct {@link DecryptionKeyStorage}.
 * @param test the runner's function.
 * @param create makes an empty storage for each test.
 */
export function testDecryptionKeyStorage(
  test: TestFunction,
  create: () => DecryptionKeyStorage | Promise<DecryptionKeyStorage>,
): void {
  test("decryption key storage: entries are found by their decryptor", async () => {
    const storage = await create();
    await storage.put(ENTRY);
    await storage.put(OTHER);
    expectEntry(await storage.get(ENTRY.decryptor), ENTRY);
    expectEntry(await storage.get(OTHER.decryptor), OTHER);
    expectEntry(await storage.get(ENTRY.decryptor.toUpperCase()), undefined);
  });

  test("decryption key storage: a later entry takes the place of an earlier one", async () => {
    const storage = await create();
    await storage.put(ENTRY);
    const later = { ...OTHER, decryptor: ENTRY.decryptor };
    await storage.put(later);
    expectEntry(await storage.get(ENTRY.decryptor), later);
  });

  test("decryption key storage: a deleted entry is gone, and only that one", async () => {
    const storage = await create();
    await storage.put(ENTRY);
    await storage.put(OTHER);
    if (!(await storage.delete(ENTRY.decryptor))) throw new Error("the entry is to be found");
    if (await storage.delete(ENTRY.decryptor)) throw new Error("the entry is to be gone");
    expectEntry(await storage.get(ENTRY.decryptor), undefined);
    expectEntry(await storage.get(OTHER.decryptor), OTHER);
  });
}

function entry(decryptor: string, byte: number): DecryptionKeyEntry {
  const producer = new Identifier(new Uint8Array(IDENTIFIER_LENGTH).fill(byte));
  return { decryptor, producer, handle: `0${byte}`.repeat(32) };
}

function expectEntry(actual: DecryptionKeyEntry | undefined, expected: DecryptionKeyEntry | undefined): void {
  if (textOf(actual) !== textOf(expected)) {
    throw new Error(`expected ${textOf(expected)}, got ${textOf(actual)}`);
  }
}

function textOf(found: DecryptionKeyEntry | undefined): string {
  return found === undefined ? "nothing" : `${found.decryptor} ${found.producer.hex} ${found.handle}`;
}
