import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { configDefaults, defineConfig } from "vitest/config";

import { PrivateNetworks } from "./src/private-networks.ts";

// Not every machine lets its user make networks; there these suites are left out, and said to be.
const unavailable = await PrivateNetworks.unavailable();
if (unavailable !== undefined) console.warn(`${unavailable}: the suites in private networks are left out`);
const inPrivateNetworks = ["src/project/private-networks.test.ts", "src/project/recovery.test.ts"];

export default defineConfig({
  test: {
    root: dirname(fileURLToPath(import.meta.url)),
    include: ["src/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(unavailable === undefined ? [] : inPrivateNetworks)],
    globalSetup: ["src/install-peers.ts"],
    // The suites measure nothing, but they load both cores: one file at a time.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
