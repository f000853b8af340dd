import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { openIdentityFile } from "./identity-file.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ockam-identity-file-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("an identity is made once, and can sign ever after", async () => {
  const path = join(folder, "identity");
  const made = await openIdentityFile(path);
  const read = await openIdentityFile(path);
  expect(read.identifier).toEqual(made.identifier);
  expect(await read.identities.hasSigningKey(read.identifier)).toBe(true);
});

test("nobody else can read the secret", async () => {
  const path = join(folder, "identity");
  await openIdentityFile(path);
  expect((await stat(path)).mode & 0o077).toBe(0);
});

test("a file of something else is refused, and stays", async () => {
  const path = join(folder, "identity");
  await writeFile(path, `${"11".repeat(32)}\n${"00".repeat(40)}\n`);
  await expect(openIdentityFile(path)).rejects.toThrow();
  expect((await stat(path)).size).toBe(65 + 81);
});
