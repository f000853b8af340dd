import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";
import { parse } from "yaml";

import { publishedPackages, readText, ROOT, workspacePackages } from "./workspace.ts";

test.each(publishedPackages())("$folder is complete", ({ folder, manifest }) => {
  expect(manifest.license).toBe("Apache-2.0");
  expect(manifest.type).toBe("module");
  expect(manifest.description).toMatch(/\.$/);
  expect(manifest.engines?.node).toMatch(/^>=/);
  expect(manifest.sideEffects).toBe(false);
  expect(manifest.publishConfig).toMatchObject({ access: "public", provenance: true });
  expect(existsSync(join(ROOT, folder, "README.md"))).toBe(true);
  expect(existsSync(join(ROOT, folder, "tsconfig.json"))).toBe(true);
});

test.each(publishedPackages())("$folder publishes each entry that it has in development", ({ manifest }) => {
  const development = Object.keys(manifest.exports ?? {}).toSorted();
  expect(Object.keys(manifest.publishConfig?.exports ?? {}).toSorted()).toEqual(development);
  for (const [entry, target] of Object.entries(manifest.exports ?? {})) {
    if (!target.endsWith(".ts")) continue;
    const built = target.replace("./src/", "./dist/").replace(/\.ts$/, "");
    expect(manifest.publishConfig?.exports?.[entry]).toEqual({
      types: `${built}.d.ts`,
      default: `${built}.js`,
    });
  }
});

test("scripts run on Windows: no program that only other systems have, nothing that only their shells understand", () => {
  const scripts = workspacePackages().flatMap(({ folder, manifest }) =>
    Object.entries(manifest.scripts ?? {}).map(([name, script]) => `${folder} ${name}: ${script}`),
  );
  expect(scripts.length).toBeGreaterThan(20);
  const foreign = /: .*(?:\b(?:rm|cp|mv|mkdir|cat|sh|bash|export|chmod) |[$'`;]|\.sh\b)/;
  expect(scripts.filter((script) => foreign.test(script.replaceAll(/"[^"]*"/g, '""')))).toEqual([]);
});

test("every published package has a changeset or a changelog", () => {
  const changesets = readdirSync(join(ROOT, ".changeset"))
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .map((name) => readText(`.changeset/${name}`))
    .join("\n");
  const silent = publishedPackages().filter(
    ({ folder, manifest }) =>
      !changesets.includes(`"${manifest.name}"`) && !existsSync(join(ROOT, folder, "CHANGELOG.md")),
  );
  expect(silent.map((found) => found.folder)).toEqual([]);
});

// It is bundled, so that what changes in one changes in the other; and so do their versions (`fixed` in the configuration).
test("each changeset of @ockam/cli is one of ockam", () => {
  const incomplete = readdirSync(join(ROOT, ".changeset"))
    .filter((name) => name.endsWith(".md"))
    .filter((name) => {
      const [, header = ""] = readText(`.changeset/${name}`).split(/^---$/m);
      const bumps = parse(header) as Readonly<Record<string, string>> | null;
      return bumps?.["@ockam/cli"] !== undefined && bumps["ockam"] !== bumps["@ockam/cli"];
    });
  expect(incomplete).toEqual([]);
});

test("the Node.js that pnpm expects is the one that the workspace brings", () => {
  const workspace = parse(readText("pnpm-workspace.yaml")) as {
    nodeVersion: string;
    catalogs: { node: Record<string, string> };
  };
  expect(new Set(Object.values(workspace.catalogs.node))).toEqual(new Set([workspace.nodeVersion]));
});
