import { fileURLToPath } from "node:url";

import { rolldown } from "rolldown";

import { INPUT, OUTPUT } from "./rolldown-options.ts";

/**
 * Bundles the program for npm: one file for the start and one for each command, so that a command loads what it needs
 * and no more. Nothing is left to install with it.
 *
 *     node src/bundle.ts [FOLDER]      default: dist
 */
const folder = process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url));
const bundle = await rolldown(INPUT);
await bundle.write({ ...OUTPUT, dir: folder });
await bundle.close();
