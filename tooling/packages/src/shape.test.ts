import { isBuiltin } from "node:module";

import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, test } from "vitest";

import { packedLibraries, packedPackage } from "./packed-package.ts";

// Neither is one: the packages are ES modules, which require() loads in each Node.js that they are for; and who resolves
// modules as Node.js 10 did has no use for them.
const NO_PROBLEMS = ["CJSResolvesToESM"];
const RESOLUTIONS = ["node16-cjs", "node16-esm", "bundler"];

const published = [...packedLibraries(), packedPackage("apps/ockam")];

describe.each(published)("$name", (packed) => {
  const { manifest, bytes, files } = packed;

  test("holds what its users need, and nothing of its development", () => {
    for (const path of ["LICENSE", "README.md", "package.json"]) expect(files).toContain(path);
    expect(files.filter((path) => /\.test\.|tsbuildinfo|node_modules|vectors/.test(path))).toEqual([]);
  });

  test("has no mistakes that publint knows", async () => {
    const { buffer } = Uint8Array.from(bytes);
    const { messages, pkg } = await publint({ strict: true, pack: { tarball: buffer } });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  test("can be installed from a registry alone", () => {
    const ranges = Object.values(manifest.dependencies ?? {});
    expect(ranges.filter((range) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
  });
});

describe.each(packedLibraries())("$name", ({ name, manifest, bytes, files }) => {
  const content = createPackageFromTarballData(bytes);

  test("has types in each way of resolving modules", async () => {
    const result = await checkPackage(content);
    if (result.types === false) throw new Error("it has no types");
    const problems = result.problems.filter(
      (problem) =>
        !NO_PROBLEMS.includes(problem.kind) &&
        !("resolutionKind" in problem && !RESOLUTIONS.includes(problem.resolutionKind)),
    );
    expect(problems).toEqual([]);
  });

  test("imports what it declares, in code and in types, and declares no more", () => {
    const imported = new Set<string>();
    for (const path of files.filter((file) => /^dist\/.*\.(js|d\.ts)$/.test(file))) {
      for (const specifier of importsIn(content.readFile(`/node_modules/${name}/${path}`))) {
        if (specifier.startsWith(".") || isBuiltin(specifier)) continue;
        imported.add(specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/"));
      }
    }
    imported.delete(name);
    expect([...imported].toSorted()).toEqual(Object.keys(manifest.dependencies ?? {}).toSorted());
  });

  test("has a source for each source map", () => {
    const maps = files.filter((path) => path.endsWith(".map"));
    const sources = maps.map((path) => path.replace("dist/", "src/").replace(/\.(d\.ts|js)\.map$/, ".ts"));
    expect(sources.filter((path) => !files.includes(path))).toEqual([]);
  });
});

function importsIn(code: string): readonly string[] {
  const found = code.matchAll(/(?:^|[\s;}])(?:import|from)\s*\(?\s*["']([@\w.][\w./:@-]*)["']/g);
  return [...found].map((match) => match[1]!);
}
