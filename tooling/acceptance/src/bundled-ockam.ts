import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
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
    this.command = [process.execPath, `${folder}/main.js`];
  }

  static async build(): Promise<BundledOckam> {
    // Inside the package, so that the bundle finds the dependencies that stay outside of it.
    const cache = fileURLToPath(new URL("node_modules/.cache/", APP));
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(`${cache}acceptance-`);
    await run(process.execPath, [fileURLToPath(new URL("src/bundle.ts", APP)), folder]);
    return new BundledOckam(folder);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
