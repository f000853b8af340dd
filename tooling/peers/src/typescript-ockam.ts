import { fileURLToPath } from "node:url";

import { OckamHome } from "./ockam-home.ts";
import { THIS_MACHINE } from "./place.ts";
import type { Place } from "./place.ts";

const MAIN = fileURLToPath(new URL("../../../apps/ockam/src/main.ts", import.meta.url));

/** This project's `ockam`, run from source by the Node.js of this process. */
export const TYPESCRIPT_COMMAND: readonly [string, string] = [process.execPath, MAIN];

/** A new home for this project's `ockam`, run from source by the Node.js of this process. */
export function typescriptOckam(
  env: Readonly<Record<string, string>> = {},
  place: Place = THIS_MACHINE,
): OckamHome {
  return new OckamHome("typescript", TYPESCRIPT_COMMAND, env, place);
}
