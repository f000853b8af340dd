import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

import { launchChromium } from "@ockam/peers/chromium";
import { exampleBlocks, PROTOCOL_PACKAGES } from "@ockam/repository";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Consumer } from "./consumer.ts";
import { PackageRegistry } from "./package-registry.ts";
import { entriesOf, packedLibraries } from "./packed-package.ts";

const ASSERT = fileURLToPath(new URL("page-assert.ts", import.meta.url));

const libraries = packedLibraries().filter(({ folder }) => PROTOCOL_PACKAGES.includes(basename(folder)));
let browser: Awaited<ReturnType<typeof launchChromium>>;
let registry: PackageRegistry;
let consumer: Consumer;

beforeAll(async () => {
  browser = await launchChromium();
  registry = await PackageRegistry.start(packedLibraries());
  consumer = new Consumer(registry);
  await consumer.install(
    "npm",
    libraries.map(({ name }) => name),
  );
});
afterAll(async () => {
  consumer[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
  await browser.close();
});

describe.each(libraries)("$name", (library) => {
  test("loads in Chromium", async () => {
    const names = entriesOf(library).map(
      (entry, index) => `import * as e${index} from "${entry}"; all.push(e${index});`,
    );
    await runInPage(`const all = []; ${names.join("\n")} globalThis.result = all;`);
  });

  test.each(examplesOf(library.folder))("its example $index runs in Chromium", ({ code }) => runInPage(code));
});

/** The examples that use nothing of Node.js but its `assert`, for which a page has another one. */
function examplesOf(folder: string): readonly { readonly code: string; readonly index: number }[] {
  const examples = exampleBlocks(`${folder}/README.md`)
    .map((code, index) => ({ code, index }))
    .filter(({ code }) => !/from "node:(?!assert\/strict")/.test(code));
  expect(examples.length).toBeGreaterThan(0);
  return examples;
}

/** Bundles a module as the page of an application would be, and runs it to its end. @throws Error with what the page threw */
async function runInPage(code: string): Promise<void> {
  consumer.write("page.ts", code);
  const bundle = await rolldown({
    input: join(consumer.folder, "page.ts"),
    platform: "browser",
    resolve: { alias: { "node:assert/strict": ASSERT } },
    transform: { target: "es2022" },
  });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
  await bundle.close();
  const page = await browser.newPage();
  try {
    const [{ imports, code: bundled }] = output;
    expect(imports).toEqual([]);
    const url = `data:text/javascript,${encodeURIComponent(bundled)}`;
    await page.evaluate(`import(${JSON.stringify(url)}).then(() => undefined)`);
  } finally {
    await page.close();
  }
}
