import { afterAll, beforeAll, expect, test } from "vitest";

import { bundleSize } from "./bundle-size.ts";
import { Consumer } from "./consumer.ts";
import { PackageRegistry } from "./package-registry.ts";
import { entriesOf, packedLibraries } from "./packed-package.ts";

// What users load, in KiB, gzipped, with everything that it uses. A budget that is exceeded is a question: is it worth it?
const WHOLE: readonly (readonly [name: string, budget: number])[] = [
  ["@ockam/codec", 3.5],
  ["@ockam/core-routing", 12],
  ["@ockam/vault", 31],
  ["@ockam/identity", 39],
  ["@ockam/credentials", 7],
  ["@ockam/policy", 14],
  ["@ockam/project", 40],
  ["@ockam/secure-channel", 17],
  ["@ockam/authority", 14],
  ["@ockam/transport-tcp", 5],
  ["@ockam/portal-tcp", 18],
  ["@ockam/kafka-protocol", 24],
  ["@ockam/portal-kafka", 72],
  ["@ockam/node", 195],
  ["@ockam/cli", 870],
];

// Who takes a part of a package pays for that part.
const PARTS: readonly (readonly [name: string, library: string, budget: number])[] = [
  ["toHex", "@ockam/codec", 0.25],
  ["Address", "@ockam/core-routing", 1.3],
  ["Router", "@ockam/core-routing", 5],
  ["tcp", "@ockam/transport-tcp", 5],
  ["connectPortal", "@ockam/portal-tcp", 9.5],
  ["createInlet", "@ockam/portal-tcp", 11],
  ["createOutlet", "@ockam/portal-tcp", 11.5],
  ["createSecureChannel", "@ockam/secure-channel", 15],
  ["FrameDecoder", "@ockam/kafka-protocol", 1],
  ["RecordBatch", "@ockam/kafka-protocol", 7],
];

// What a page needs to open a secure channel, keys and all.
const PAGE = [
  exportOf("connect, Router", "@ockam/core-routing"),
  exportOf("createIdentities", "@ockam/identity"),
  exportOf("createSecureChannel", "@ockam/secure-channel"),
].join("");

const libraries = packedLibraries();
let registry: PackageRegistry;
let consumer: Consumer;

beforeAll(async () => {
  registry = await PackageRegistry.start(libraries);
  consumer = new Consumer(registry);
  await consumer.install(
    "npm",
    libraries.map(({ name }) => name),
  );
});
afterAll(async () => {
  consumer[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

test("every package has a budget", () => {
  expect(WHOLE.map(([name]) => name).toSorted()).toEqual(libraries.map(({ name }) => name).toSorted());
});

test.each(libraries)("what is not used of $name is left out", async (library) => {
  const imports = entriesOf(library).map((entry) => `import "${entry}";\n`);
  expect((await bundleSize(consumer, imports.join(""))).code.trim()).toBe("export{};");
});

test.each(WHOLE)("%s takes at most %d KiB", async (name, budget) => {
  expect(await kibibytes(`export * from "${name}"`)).toBeLessThanOrEqual(budget);
});

test.each(PARTS)("%s of %s takes at most %d KiB", async (name, library, budget) => {
  expect(await kibibytes(exportOf(name, library))).toBeLessThanOrEqual(budget);
});

test("a page with a secure channel takes at most 54 KiB", async () => {
  expect(await kibibytes(PAGE, "browser")).toBeLessThanOrEqual(54);
});

function exportOf(names: string, library: string): string {
  return `export { ${names} } from "${library}";\n`;
}

async function kibibytes(source: string, platform?: "node" | "browser"): Promise<number> {
  return (await bundleSize(consumer, source, platform)).gzipped / 1024;
}
