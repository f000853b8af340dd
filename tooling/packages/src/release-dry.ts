import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ROOT } from "@ockam/repository";

import { Consumer } from "./consumer.ts";
import { PackageRegistry } from "./package-registry.ts";
import { entriesOf, packedPackage } from "./packed-package.ts";
import type { PackedPackage } from "./packed-package.ts";
import { RELEASED_FOLDERS } from "./released-folders.ts";

// Does everything of a release but publish it: what is committed gets its versions and changelogs, is built and packed in a
// clone, checked, offered to npm's dry run, and installed in an empty folder.
const REPOSITORY = process.env["GITHUB_REPOSITORY"] ?? "owner/repository";
const checkout = mkdtempSync(join(tmpdir(), "ockam-release-"));
const problems: string[] = [];
try {
  run("git", ["clone", "--quiet", ROOT, checkout], ROOT);
  pnpm("install", "--frozen-lockfile", "--prefer-offline", "--silent");
  pnpm("changeset", "version");
  // The versions are new, and so is what refers to them.
  pnpm("install", "--prefer-offline", "--silent");
  run(process.execPath, [join(checkout, "tooling/packages/src/name-repository.ts")], checkout);
  pnpm("--silent", "pack:all");
  const packages = RELEASED_FOLDERS.map((folder) => packedPackage(folder, checkout));
  for (const packed of packages) check(packed, packages);
  await install(packages);
  console.log(table(packages));
} finally {
  rmSync(checkout, { recursive: true, force: true });
}
for (const problem of problems) console.error(`✗ ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(`${RELEASED_FOLDERS.length} packages would be published.`);

function check({ name, folder, manifest, tarball }: PackedPackage, packages: readonly PackedPackage[]): void {
  const need = (holds: boolean, problem: string): void =>
    void (holds || problems.push(`${name}: ${problem}`));
  const { version } = manifest;
  const changelog = join(checkout, folder, "CHANGELOG.md");
  need(/^\d+\.\d+\.\d+$/.test(version) && version !== "0.0.0", `version ${version} is no release`);
  need(
    existsSync(changelog) && readFileSync(changelog, "utf8").includes(`## ${version}\n`),
    `nothing is said about ${version} in its changelog: write a changeset`,
  );
  for (const [dependency, range] of Object.entries(manifest.dependencies ?? {})) {
    const own = packages.find((other) => other.name === dependency);
    need(
      own === undefined || own.manifest.version === range,
      `asks for ${dependency} ${range}, which is not released`,
    );
  }
  const { publishConfig } = JSON.parse(readFileSync(join(checkout, folder, "package.json"), "utf8")) as {
    readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean };
  };
  need(publishConfig?.access === "public", "publishConfig.access is not public");
  need(publishConfig?.provenance === true, "publishConfig.provenance is off");
  need(
    manifest.repository?.url.endsWith(`/${REPOSITORY}.git`) === true &&
      manifest.repository.directory === folder,
    `it does not say that it comes from ${REPOSITORY}, without which npm takes no provenance`,
  );
  const answer = run(
    "npm",
    ["publish", "--dry-run", "--json", "--loglevel=error", "--access", "public", tarball],
    checkout,
  );
  need(answer.includes(`"${version}"`), `npm would publish something else: ${answer}`);
}

/** All of them together in an empty folder: each entry can be imported, and the command runs. */
async function install(packages: readonly PackedPackage[]): Promise<void> {
  await using registry = await PackageRegistry.start(packages);
  using consumer = new Consumer(registry);
  const names = packages.map(({ name, tarball }) => (name === "ockam" ? tarball : name));
  await consumer.install("npm", names);
  const imports = packages
    .flatMap(entriesOf)
    .map((entry) => `import * as ${entry.replaceAll(/\W/g, "_")} from "${entry}";`);
  consumer.write("imports.js", imports.join("\n"));
  await consumer.run([process.execPath], "imports.js");
  await consumer.run([process.execPath, "node_modules/ockam/dist/main.js"], "--version");
}

function table(packages: readonly PackedPackage[]): string {
  const rows = packages.map(({ name, manifest, files, bytes }) => [
    name.padEnd(24),
    manifest.version.padEnd(10),
    `${files.length} files`.padStart(10),
    `${(bytes.length / 1024).toFixed(0)} KiB`.padStart(10),
  ]);
  return rows.map((cells) => cells.join("")).join("\n");
}

function pnpm(...args: readonly string[]): void {
  run("npx", ["--prefer-offline", "--yes", "pnpm@12", ...args], checkout);
}

function run(program: string, args: readonly string[], cwd: string): string {
  return execFileSync(program, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, GITHUB_REPOSITORY: REPOSITORY, CI: "true", TURBO_TELEMETRY_DISABLED: "1" },
  });
}
