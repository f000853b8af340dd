import { fileURLToPath } from "node:url";

import { OckamHome } from "./ockam-home.ts";

const MAIN = fileURLToPath(new URL("../../../apps/ockam/src/main.ts", import.meta.url));

/** A new home for this project's `ockam`, run from source by the Node.js of this process. */
export function typescriptOckam(env: Readonly<Record<string, string>> = {}): OckamHome {
  return new OckamHome("typescript", [process.execPath, MAIN], env);
}
