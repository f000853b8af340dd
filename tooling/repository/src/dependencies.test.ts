import { expect, test } from "vitest";

import { PROTOCOL_PACKAGES } from "./protocol-packages.ts";
import { publishedPackages, readText, sourceFiles, workspacePackages } from "./workspace.ts";

// From the bottom up: a package may use those before it, never one after it.
const LAYERS = [
  "@ockam/codec",
  "@ockam/core-routing",
  "@ockam/vault",
  "@ockam/identity",
  "@ockam/credentials",
  "@ockam/policy",
  "@ockam/project",
  "@ockam/secure-channel",
  "@ockam/authority",
  "@ockam/transport-tcp",
  "@ockam/portal-tcp",
  "@ockam/kafka-protocol",
  "@ockam/portal-kafka",
  "@ockam/node",
  "@ockam/cli",
];

test("every published package has its layer", () => {
  expect(
    publishedPackages()
      .map((found) => found.manifest.name)
      .toSorted(),
  ).toEqual(LAYERS.toSorted());
});

test.each(publishedPackages())("$folder depends on lower layers only", ({ manifest }) => {
  const layer = LAYERS.indexOf(manifest.name);
  const used = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) =>
    name.startsWith("@ockam/"),
  );
  expect(used.filter((name) => LAYERS.indexOf(name) >= layer)).toEqual([]);
});

test.each(workspacePackages())("$folder declares what it imports", ({ folder, manifest }) => {
  const declared = new Set([
    manifest.name,
    ...Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }),
  ]);
  const undeclared = sourceFiles(folder).flatMap((path) =>
    importsOf(readText(path))
      .filter((name) => name.startsWith("@ockam/"))
      .map((name) => name.split("/").slice(0, 2).join("/"))
      .filter((name) => !declared.has(name))
      .map((name) => `${path}: ${name}`),
  );
  expect(undeclared).toEqual([]);
});

test.each(PROTOCOL_PACKAGES)("%s imports nothing of Node.js", (name) => {
  const offenders = sourceFiles(`packages/${name}/src`)
    .filter((path) => !path.endsWith(".test.ts"))
    .filter(
      (path) =>
        importsOf(readText(path)).some((found) => found.startsWith("node:")) ||
        /\bBuffer\./.test(readText(path)),
    );
  expect(offenders).toEqual([]);
});

function importsOf(source: string): readonly string[] {
  return [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
}
