import { readFileSync } from "node:fs";

// A bundle has the version of its program written into it.
declare const OCKAM_VERSION: string | undefined;

/** The version of the program: that of its bundle, else of this package. */
export function version(): string {
  if (typeof OCKAM_VERSION !== "undefined") return OCKAM_VERSION;
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return manifest.version;
}
