import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { InputOptions, OutputOptions } from "rolldown";

const MANIFEST = new URL("../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(MANIFEST, "utf8")) as { readonly version: string };

/**
 * What is bundled: the program, with its version in it, so that it needs no other file. Older versions of Node.js than it
 * runs on read it, so that it can say so.
 */
export const INPUT: InputOptions = {
  input: fileURLToPath(new URL("main.ts", import.meta.url)),
  platform: "node",
  transform: { define: { OCKAM_VERSION: JSON.stringify(version) }, target: "node18" },
};

/** Without white space and comments, but with the names that a stack trace needs. */
export const OUTPUT: OutputOptions = {
  format: "esm",
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
};
