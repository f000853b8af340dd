import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import type { Ockam } from "./scene.ts";

const APP = new URL("../../../apps/ockam/", import.meta.url);
const run = promisify(execFile);

/** This project's command as it is published, bundled anew. Closing removes the bundle. */
export class BundledOckam implements Ockam, Disposable {
  readonly implementation = "typescript";
  readonly command: readonly [string, string];
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.command = [process.execPath, join(folder, "dist/main.js")];
  }

  static async build(): Promise<BundledOckam> {
    const folder = mkdtempSync(join(tmpdir(), "ockam-bundle-"));
    await run(process.execPath, [fileURLToPath(new URL("src/bundle.ts", APP)), join(folder, "dist")]);
    // The version that the program prints.
    copyFileSync(new URL("package.json", APP), join(folder, "package.json"));
    return new BundledOckam(folder);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
