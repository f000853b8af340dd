import { installOckam } from "./install-ockam.ts";
import { OckamHome } from "./ockam-home.ts";
import { THIS_MACHINE } from "./place.ts";
import type { Place } from "./place.ts";

/** A new home for the Rust `ockam`, which is installed first when it is missing. */
export async function rustOckam(
  env: Readonly<Record<string, string>> = {},
  place: Place = THIS_MACHINE,
): Promise<OckamHome> {
  return new OckamHome("rust", [await installOckam()], env, place);
}
