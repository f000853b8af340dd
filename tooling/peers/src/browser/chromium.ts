import { existsSync } from "node:fs";

import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

import { installAptPackages } from "../install-ockam.ts";

const EXECUTABLE = "/usr/bin/chromium";

// Debian's Chromium would otherwise look for updates and hosts of its vendor.
const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];

/** Starts Chromium from the system's packages, installing it first when it is missing. */
export async function launchChromium(): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) await installAptPackages(["chromium"]);
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", ...QUIET],
  });
}
