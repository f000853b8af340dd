import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { beforeAll, describe, expect, test } from "vitest";

import { exampleBlocks } from "./examples.ts";
import { publishedPackages, ROOT } from "./workspace.ts";

// Beside this file's package, so that the examples import the workspace's packages by name.
const EXAMPLES = join(dirname(fileURLToPath(import.meta.url)), "../.examples");
const run = promisify(execFile);

const readmes = [
  "README.md",
  "docs/how-to/README.md",
  ...publishedPackages().map((found) => `${found.folder}/README.md`),
].filter((path) => existsSync(join(ROOT, path)));

beforeAll(() => {
  rmSync(EXAMPLES, { recursive: true, force: true });
  mkdirSync(EXAMPLES, { recursive: true });
});

describe.concurrent.each(readmes)("%s", (path) => {
  const blocks = exampleBlocks(path);

  test("has an example", () => {
    expect(blocks.length).toBeGreaterThan(0);
  });

  test.each(blocks.map((code, index) => ({ code, index })))(
    "example $index runs",
    async ({ code, index }) => {
      const file = join(EXAMPLES, `${path.replaceAll("/", "-")}-${index}.ts`);
      writeFileSync(file, code);
      await run(process.execPath, [file], { cwd: dirname(EXAMPLES), timeout: 20_000 });
    },
  );
});
