import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { rolldown } from "rolldown";

import type { Consumer } from "./consumer.ts";

/** What a bundler makes of a module: minified, and compressed as it travels. */
export interface BundleSize {
  readonly minified: number;
  readonly gzipped: number;
  readonly code: string;
}

/** Bundles a module for Node.js or the browser, from the packages that a consumer has installed. Bytes. */
export async function bundleSize(
  consumer: Consumer,
  source: string,
  platform: "node" | "browser" = "node",
): Promise<BundleSize> {
  consumer.write("input.js", source);
  const bundle = await rolldown({ input: join(consumer.folder, "input.js"), platform, logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
  await bundle.close();
  const { code } = output[0];
  return { minified: Buffer.byteLength(code), gzipped: gzipSync(code).length, code };
}
