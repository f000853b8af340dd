import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, expect, test, vi } from "vitest";

import { environment } from "./commands/environment.ts";
import { ENVIRONMENT_VARIABLES } from "./environment-variables.ts";
import { createStyle } from "./style.ts";
import type { Terminal } from "./terminal.ts";

const PACKAGES = fileURLToPath(new URL("../../", import.meta.url));

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What nodes and commands are made of, but for the table. */
function sourceText(): string {
  const folders = ["node", "cli"].map((name) => join(PACKAGES, name, "src"));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => /(?<!environment-variables|\.test)\.ts$/.test(file))
      .map((file) => join(folder, file)),
  );
  return files.map((file) => readFileSync(file, "utf8")).join("\n");
}

async function shown(): Promise<{ readonly json: unknown; readonly plain: string }> {
  const terminal = {} as Terminal;
  const result = await environment.read({ positionals: [], options: new Map() })(terminal);
  return { json: await result!.json(), plain: result!.plain(createStyle(false)) };
}

test("every variable that is read is in the table, and those that count are read", () => {
  const source = sourceText();
  const counting = ENVIRONMENT_VARIABLES.filter(({ withoutEffect }) => withoutEffect === undefined);
  const names = counting.map(({ name }) => name);
  const read = Array.from(source.matchAll(/env(?:ironment)?\["([A-Z_]+)"\]/g), ([, name]) => name);
  expect(read.length).toBeGreaterThan(10);
  expect(names).toEqual(expect.arrayContaining(read));
  for (const name of names) expect(source, name).toMatch(new RegExp(`\\b${name}\\b`));
});

test("no variable is in the table twice", () => {
  const names = ENVIRONMENT_VARIABLES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("what is set is shown, secrets are not", async () => {
  vi.stubEnv("OCKAM_HOME", "/somewhere");
  vi.stubEnv("ENROLLMENT_TICKET", "a-ticket");
  vi.stubEnv("OCKAM_DATABASE_PASSWORD", "a-password");
  vi.stubEnv("OCKAM_HOEM", "/mistake");
  vi.stubEnv("MY_OCKAM_TOKEN", "a-token");
  vi.stubEnv("QUIET", undefined);
  const { json, plain } = await shown();
  expect(json).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: "OCKAM_HOME", value: "/somewhere", has_effect: true, reason: null }),
      expect.objectContaining({ name: "ENROLLMENT_TICKET", value: "***", has_effect: true }),
      expect.objectContaining({ name: "QUIET", value: null, default: "false" }),
      expect.objectContaining({
        name: "OCKAM_DATABASE_PASSWORD",
        value: "***",
        has_effect: false,
        reason: expect.stringContaining("SQLite"),
      }),
      {
        name: "OCKAM_HOEM",
        value: "/mistake",
        meaning: null,
        default: null,
        has_effect: false,
        reason: "it is not known",
      },
      expect.objectContaining({ name: "MY_OCKAM_TOKEN", value: "***" }),
    ]),
  );
  expect(plain).toMatch(/Variables that count[^]*OCKAM_HOME=\/somewhere[^]*Set, and without effect/);
  expect(plain).toMatch(/OCKAM_HOEM=\/mistake\n[^\n]*No effect: it is not known/);
  expect(JSON.stringify(json) + plain).not.toMatch(/a-ticket|a-password|a-token/);
});
