import { execFileSync } from "node:child_process";

import { ROOT } from "@ockam/repository";

import { installRuntimes } from "./runtime.ts";

/** Vitest's global setup: packs what has changed since it was packed, and installs the runtimes that are missing. */
export async function setup(): Promise<void> {
  execFileSync("npx", ["--prefer-offline", "--yes", "pnpm@12", "--silent", "pack:all"], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  });
  await installRuntimes();
}
