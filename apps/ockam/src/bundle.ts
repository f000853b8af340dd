import { fileURLToPath } from "node:url";

import { rolldown } from "rolldown";

/**
 * Bundles the program: one file for the start and one for each command, so that a command loads what it needs and no
 * more. Nothing is left to install with it.
 *
 *     node src/bundle.ts [FOLDER]      default: dist
 */
const folder = process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url));
const bundle = await rolldown({
  input: fileURLToPath(new URL("main.ts", import.meta.url)),
  platform: "node",
});
// Without white space and comments, but with the names that a stack trace needs.
const minify = { compress: true, mangle: false, codegen: { removeWhitespace: true } };
await bundle.write({ dir: folder, format: "esm", minify });
await bundle.close();
