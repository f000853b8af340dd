import { basename } from "node:path";

import { exampleBlocks, PROTOCOL_PACKAGES } from "@ockam/repository";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Consumer } from "./consumer.ts";
import { PackageRegistry } from "./package-registry.ts";
import { entriesOf, packedLibraries } from "./packed-package.ts";
import { RUNTIMES } from "./runtime.ts";

const libraries = packedLibraries();
let registry: PackageRegistry;

beforeAll(async () => {
  registry = await PackageRegistry.start(libraries);
});
afterAll(() => registry[Symbol.asyncDispose]());

describe.each(libraries)("$name", (library) => {
  const entries = entriesOf(library);
  const runtimes = RUNTIMES.filter(({ node }) => node >= oldestNode(library.manifest.engines!.node!));

  test("names a Node.js that there is", () => {
    expect(runtimes.length).toBeGreaterThan(0);
  });

  // pnpm keeps packages apart: what one does not declare it does not find.
  test("is imported and required when it is installed alone", async () => {
    using consumer = new Consumer(registry);
    await consumer.install("pnpm", [library.name]);
    consumer.write("entries.cjs", requireAndImport(entries));
    await consumer.run(runtimes[0]!.command, "entries.cjs");
    if (!PROTOCOL_PACKAGES.includes(basename(library.folder))) return;
    consumer.write("entries.ts", entries.map((entry) => `export * from "${entry}";\n`).join(""));
    await consumer.compile(["entries.ts"], { types: [], lib: ["es2023", "esnext.disposable", "dom"] });
  });

  describe("with npm", () => {
    const examples = exampleBlocks(`${library.folder}/README.md`).map((code, index) => ({
      code,
      name: code.includes('from "node:test"') ? `example-${index}.test` : `example-${index}`,
    }));
    const programs = examples.filter(({ name }) => !name.endsWith(".test"));
    const tests = examples.filter(({ name }) => name.endsWith(".test"));
    let consumer: Consumer;

    beforeAll(async () => {
      consumer = new Consumer(registry);
      const used = packagesIn(examples.map(({ code }) => code).join());
      await consumer.install("npm", [library.name, ...used, "@types/node@26"]);
      for (const { name, code } of examples) consumer.write(`${name}.ts`, code);
      await consumer.compile(
        examples.map(({ name }) => `${name}.ts`),
        { types: ["node"] },
      );
      consumer.write("programs.cjs", requireAndImport(entries, programs));
    });
    afterAll(() => consumer?.[Symbol.dispose]());

    test.each(runtimes)("its examples run on $name", async (runtime) => {
      await consumer.run(runtime.command, "programs.cjs");
      for (const { name } of tests) await consumer.run(runtime.test, `./${name}.js`);
    });
  });
});

function oldestNode(range: string): number {
  return Number(/^>=(\d+)/.exec(range)![1]);
}

/** The packages of this project that the code imports. */
function packagesIn(code: string): readonly string[] {
  const names = [...code.matchAll(/from "(@ockam\/[\w-]+)/g)].map((match) => match[1]!);
  return [...new Set(names)];
}

/**
 * A program that requires and imports each entry, finds them the same and its surroundings as they were (no side effects), and
 * then runs the examples.
 */
function requireAndImport(entries: readonly string[], examples: readonly { name: string }[] = []): string {
  return `
    const surroundings = () =>
      [globalThis, Object.prototype, Array.prototype, Uint8Array.prototype, Promise.prototype]
        .flatMap((object) => Object.getOwnPropertyNames(object))
        .concat(process.eventNames().map(String))
        .join();
    const before = surroundings();
    const required = ${JSON.stringify(entries)}.map((entry) => [entry, require(entry)]);
    (async () => {
      for (const [entry, found] of required) {
        const imported = await import(entry);
        const names = Object.keys(imported);
        if (names.length === 0) throw new Error(entry + " exports nothing");
        for (const name of names) if (found[name] !== imported[name]) throw new Error(entry + ": " + name);
      }
      if (surroundings() !== before) throw new Error("side effects: " + surroundings());
      for (const name of ${JSON.stringify(examples.map(({ name }) => name))}) await import("./" + name + ".js");
    })().catch((error) => {
      console.error(error);
      process.exit(1);
    });
  `;
}
