import { availableParallelism } from "node:os";

import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import type { TestSpecification } from "vitest/node";

// The vectors of Project Wycheproof and of Noise are other people's data and stay outside of the repository.
// .ci/run gives the folder; without it their tests are left out, and said to be.
const vectors = process.env["OCKAM_VECTORS"];
if (vectors === undefined)
  console.warn("OCKAM_VECTORS is not set: the Wycheproof and Noise vectors are left out");

// Fuzz and property tests do OCKAM_TEST_SCALE times their usual work, and get as many times the usual time.
const scale = Math.max(1, Number(process.env["OCKAM_TEST_SCALE"] ?? 1));

/** What runs commands waits a lot: begun first, its pauses are filled by what computes. */
class CommandsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(runsCommands), ...sorted.filter((file) => !runsCommands(file))];
  }
}

function runsCommands({ moduleId }: TestSpecification): boolean {
  return moduleId.includes("/tooling/acceptance/");
}

export default defineConfig({
  test: {
    sequence: { sequencer: CommandsFirst },
    include: [
      "packages/*/src/**/*.test.ts",
      "apps/*/src/**/*.test.ts",
      "tooling/repository/src/**/*.test.ts",
      "tooling/acceptance/src/**/*.test.ts",
    ],
    exclude: [...configDefaults.exclude, ...(vectors === undefined ? ["**/*.vectors.test.ts"] : [])],
    // One more than there are cores: those that run commands wait a lot.
    maxWorkers: availableParallelism() + 1,
    // Half of the work would be to load the same modules for each file again: what a test changes it puts back.
    isolate: false,
    testTimeout: 20_000 * scale,
    hookTimeout: 30_000,
  },
});
