import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { publishedPackages, ROOT } from "@ockam/repository";

/** The manifest inside of a tarball: development's, rewritten for those who install it. */
export interface PackedManifest {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly repository?: { readonly url: string; readonly directory: string };
}

/** A package as it is published: its tarball, and what is in it. */
export interface PackedPackage {
  readonly name: string;
  /** Of its source, relative to the root of the checkout. */
  readonly folder: string;
  readonly manifest: PackedManifest;
  readonly tarball: string;
  readonly bytes: Buffer;
  /** Paths in the tarball, without its leading `package/`. */
  readonly files: readonly string[];
}

/** The libraries, as `pnpm pack:all` packed them. @throws Error when one is not packed */
export function packedLibraries(): readonly PackedPackage[] {
  return publishedPackages().map(({ folder }) => packedPackage(folder));
}

/** What is packed in a folder of the checkout, or of another one. @throws Error when nothing is */
export function packedPackage(folder: string, root: string = ROOT): PackedPackage {
  const tarball = join(root, folder, "package.tgz");
  const bytes = readFileSync(tarball);
  const manifest = JSON.parse(tar("-xzOf", tarball, "package/package.json")) as PackedManifest;
  const files = tar("-tzf", tarball)
    .trimEnd()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""));
  return { name: manifest.name, folder, manifest, tarball, bytes, files };
}

/** What can be imported of the package, by its name: `@ockam/vault`, `@ockam/vault/testing`. */
export function entriesOf({ name, manifest }: PackedPackage): readonly string[] {
  return Object.keys(manifest.exports ?? {})
    .filter((entry) => !entry.endsWith(".json"))
    .map((entry) => name + entry.slice(1));
}

function tar(...args: readonly string[]): string {
  return execFileSync("tar", args, { encoding: "utf8" });
}
