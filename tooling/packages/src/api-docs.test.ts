import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { publishedPackages, ROOT } from "@ockam/repository";
import { afterAll, beforeAll, expect, test } from "vitest";

import { writeApiDocs } from "./api-docs.ts";

let folder: string;
let warnings: readonly string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ockam-api-docs-"));
  warnings = await writeApiDocs(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("every export has a docstring", () => {
  expect(warnings).toEqual([]);
});

test.each(publishedPackages())("the page of $manifest.name has each of its exports", async (found) => {
  const page = readFileSync(join(folder, `${found.manifest.name}.md`), "utf8");
  const exported = (await import(join(ROOT, found.folder, "src/index.ts"))) as object;
  const names = Object.keys(exported).filter(
    (name) => !new RegExp(`^### ${name.replaceAll("_", "\\\\?_")}(\\(\\))?$`, "m").test(page),
  );
  expect(names).toEqual([]);
});
