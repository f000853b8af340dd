import { expect, test } from "vitest";

import { readText, sourceFiles, workspacePackages } from "./workspace.ts";

/** Where systems may differ. */
const PLATFORM = "packages/node/src/platform/";
const QUESTIONS = /process\.(?:platform|getuid|geteuid)|["'`](?:win32|darwin)["'`]|["']\/(?:proc|dev|tmp)\b/;

test("nothing but the platform asks which system it runs on", () => {
  const folders = workspacePackages().map(({ folder }) => folder);
  const sources = folders
    .filter((folder) => !folder.startsWith("tooling/"))
    .flatMap((folder) => sourceFiles(`${folder}/src`))
    .filter((path) => !path.endsWith(".test.ts"));
  const asking = sources.filter((path) => QUESTIONS.test(readText(path)));
  expect(asking.some((path) => path.startsWith(PLATFORM))).toBe(true);
  expect(asking.filter((path) => !path.startsWith(PLATFORM))).toEqual([]);
});
