import { fileURLToPath } from "node:url";

import { rolldown } from "rolldown";

/**
 * Bundles the program: one file for the start and one for each command, so that a command loads what it needs and no
 * more. jq stays a package of its own, which is loaded when it is asked for.
 *
 *     node src/bundle.ts [FOLDER]      default: dist
 */
const folder = process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url));
const bundle = await rolldown({
  input: fileURLToPath(new URL("main.ts", import.meta.url)),
  platform: "node",
  external: ["jq-wasm"],
});
await bundle.write({ dir: folder, format: "esm" });
await bundle.close();
