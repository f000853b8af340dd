import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Builds an executable that holds the program and the Node.js that builds it (26 or later), for the same kind of machine.
 *
 *     node src/build-executable.ts [FILE]      default: release/ockam
 */
const file = resolve(process.argv[2] ?? fileURLToPath(new URL("../release/ockam", import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "ockam-executable-"));
try {
  const script = join(folder, "ockam.mjs");
  execFileSync(process.execPath, [fileURLToPath(new URL("bundle-file.ts", import.meta.url)), script]);
  const settings = join(folder, "settings.json");
  writeFileSync(
    settings,
    JSON.stringify({
      main: script,
      mainFormat: "module",
      output: file,
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
      // There is no command line to give it to the nodes in the background: docs/performance.md, "What decides".
      execArgv: ["--max-semi-space-size=1"],
    }),
  );
  mkdirSync(dirname(file), { recursive: true });
  execFileSync(process.execPath, ["--build-sea", settings], { stdio: ["ignore", "ignore", "inherit"] });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
