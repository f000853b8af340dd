import type { CryptoBackend } from "./backend.ts";
import { nobleBackend } from "./noble-backend.ts";
import { nodeBackend } from "./node-backend.ts";

let chosen: CryptoBackend | undefined;

/** The quickest backend of this runtime: `node` where `node:crypto` exists, else `noble`. Chosen once, at first use. */
export function defaultBackend(): CryptoBackend {
  chosen ??= nodeBackend() ?? nobleBackend();
  return chosen;
}
