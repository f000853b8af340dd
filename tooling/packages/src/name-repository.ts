import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "@ockam/repository";

import { RELEASED_FOLDERS } from "./released-folders.ts";

// Writes into each manifest that is published which repository it comes from. npm takes provenance only when that is the one
// whose workflow publishes, so it is taken from the workflow's environment, and not kept in the manifests: a fork's is another.
const { GITHUB_SERVER_URL: server = "https://github.com", GITHUB_REPOSITORY: name } = process.env;
if (name === undefined)
  throw new Error("GITHUB_REPOSITORY is not set: releases are made by .github/workflows/release.yml");
for (const folder of RELEASED_FOLDERS) {
  const path = join(ROOT, folder, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8")) as object;
  const repository = { type: "git", url: `git+${server}/${name}.git`, directory: folder };
  writeFileSync(path, `${JSON.stringify({ ...manifest, repository }, null, 2)}\n`);
}
