import { readFileSync, readdirSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The parts of a package.json that the tests of the repository read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly engines?: { readonly node?: string };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, unknown>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** One workspace package: its folder relative to the root, and its manifest. */
export interface WorkspacePackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The packages in `packages/`, which are published. */
export function publishedPackages(): readonly WorkspacePackage[] {
  return packagesIn("packages");
}

/** All packages of the workspace. */
export function workspacePackages(): readonly WorkspacePackage[] {
  return ["packages", "apps", "tooling"].flatMap(packagesIn);
}

/** The TypeScript files below `folder` (relative to the root), tests included, as paths relative to the root. */
export function sourceFiles(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((path) => !path.includes("node_modules") && !path.includes("/dist/"));
}

/** A file of the checkout as text. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function packagesIn(parent: string): readonly WorkspacePackage[] {
  return readdirSync(join(ROOT, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(ROOT, parent, entry.name, "package.json")))
    .map((entry) => {
      const folder = `${parent}/${entry.name}`;
      return { folder, manifest: JSON.parse(readText(`${folder}/package.json`)) as Manifest };
    });
}
