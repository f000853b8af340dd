import { fileURLToPath } from "node:url";

import { rolldown } from "rolldown";

import { INPUT, OUTPUT } from "./rolldown-options.ts";

/**
 * Bundles the program into one file, to be copied to wherever there is a Node.js: `node ockam.mjs node create`. It starts
 * slower than the package, since Node.js reads all commands for one of them.
 *
 *     node src/bundle-file.ts [FILE]      default: release/ockam.mjs
 */
const file = process.argv[2] ?? fileURLToPath(new URL("../release/ockam.mjs", import.meta.url));
const bundle = await rolldown(INPUT);
await bundle.write({ ...OUTPUT, file, codeSplitting: false });
await bundle.close();
