import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { testTerminal } from "../../testing/test-terminal.ts";
import { manpages } from "./manpages.ts";

let folder: string;
let before: string;

beforeEach(() => {
  before = process.cwd();
  folder = realpathSync(mkdtempSync(join(tmpdir(), "ock-")));
  process.chdir(folder);
  vi.stubEnv("HOME", folder);
  vi.stubEnv("USERPROFILE", folder);
});
afterEach(() => {
  process.chdir(before);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function written(options: Readonly<Record<string, readonly string[]>> = {}) {
  const { stderr, terminal } = testTerminal();
  const run = manpages.read({ positionals: [], options: new Map(Object.entries(options)) });
  return { path: (await run(terminal))!.machine!, stderr };
}

test("compressed, where man looks for the pages of a user", async () => {
  const { path } = await written();
  expect(path).toBe(join(folder, ".local/share/man/man1"));
  expect(readdirSync(path)).toContain("ockam-node-create.1.gz");
  expect(gunzipSync(readFileSync(join(path, "ockam.1.gz"))).toString()).toMatch(/^\.TH OCKAM 1 /);
});

test("in another folder, as they are", async () => {
  const { path } = await written({ dir: ["pages"], noCompression: [""] });
  expect(path).toBe(join(folder, "pages"));
  expect(readFileSync(join(path, "ockam.1"), "utf8")).toMatch(/^\.TH OCKAM 1 /);
});

test("here, with a warning, where that folder cannot be made", async () => {
  writeFileSync(join(folder, ".local"), "");
  const { path, stderr } = await written();
  expect(path).toBe(join(folder, "ockam_man_pages"));
  expect(stderr.text).toContain("cannot be made");
});
