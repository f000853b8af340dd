import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { configDefaults, defineConfig } from "vitest/config";

import { PrivateNetworks } from "./src/private-networks.ts";

// Not every machine lets its user make networks; there these suites are left out, and said to be.
const unavailable = await PrivateNetworks.unavailable();
if (unavailable !== undefined) console.warn(`${unavailable}: the suites in private networks are left out`);
const inPrivateNetworks = [
  "src/project/private-networks.test.ts",
  "src/project/recovery.test.ts",
  "src/watched-network.test.ts",
];

// Nor to mount file systems, and to be somebody else.
const isRootOfLinux = process.platform === "linux" && process.getuid?.() === 0;
if (!isRootOfLinux) console.warn("not root on Linux: the suite of full and read-only disks is left out");
const withOtherDisks = ["src/state-disk.test.ts"];

export default defineConfig({
  test: {
    root: dirname(fileURLToPath(import.meta.url)),
    include: ["src/**/*.test.ts"],
    exclude: [
      ...configDefaults.exclude,
      ...(unavailable === undefined ? [] : inPrivateNetworks),
      ...(isRootOfLinux ? [] : withOtherDisks),
    ],
    globalSetup: ["src/install-peers.ts"],
    // The suites measure nothing, but they load both cores: one file at a time.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
