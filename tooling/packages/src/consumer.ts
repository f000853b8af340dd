import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { ROOT } from "@ockam/repository";

import type { PackageRegistry } from "./package-registry.ts";
import type { Runtime } from "./runtime.ts";

const run = promisify(execFile);
const TIMEOUT = 120_000;

/** What installs packages. pnpm shows a package its own dependencies only; npm puts all of them side by side. */
export type PackageManager = "npm" | "pnpm";

const INSTALL: Readonly<Record<PackageManager, readonly [string, ...string[]]>> = {
  npm: ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline"],
  pnpm: ["npx", "--prefer-offline", "--yes", "pnpm@12", "add", "--prefer-offline"],
};

/** An empty folder of somebody who uses packages: outside of this checkout, perhaps with a registry that has them. */
export class Consumer implements Disposable {
  readonly folder: string;

  constructor(registry?: PackageRegistry) {
    this.folder = mkdtempSync(join(tmpdir(), "ockam-consumer-"));
    this.write("package.json", JSON.stringify({ private: true, type: "module" }));
    if (registry !== undefined) this.write(".npmrc", `@ockam:registry=${registry.url}\n`);
  }

  /** Writes a file, and the folders above it. */
  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** @throws Error with what the package manager says */
  async install(manager: PackageManager, packages: readonly string[]): Promise<void> {
    const [program, ...args] = INSTALL[manager];
    await this.#run(program, [...args, ...packages]);
  }

  /** Checks the types of `files` and writes JavaScript for all runtimes beside them. @throws Error with the mistakes */
  async compile(files: readonly string[], options: object): Promise<void> {
    this.write(
      "tsconfig.json",
      JSON.stringify({ compilerOptions: { ...COMPILER_OPTIONS, ...options }, files }),
    );
    await this.#run(join(ROOT, "node_modules/.bin/tsc"), ["-p", "tsconfig.json"]);
  }

  /** Runs a file to its end. @throws Error with what it printed when it fails */
  async run([program, ...args]: Runtime["command"], file: string): Promise<void> {
    await this.#run(program, [...args, file]);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    try {
      await run(program, args, { cwd: this.folder, timeout: TIMEOUT, maxBuffer: 16 * 2 ** 20 });
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string };
      throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
    }
  }
}

// As strict as a consumer may be: the declarations of the packages are checked, too.
const COMPILER_OPTIONS = {
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  moduleResolution: "nodenext",
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
};
