import { installOckam } from "./install-ockam.ts";
import { OckamHome } from "./ockam-home.ts";

/** A new home for the Rust `ockam`, which is installed first when it is missing. */
export async function rustOckam(env: Readonly<Record<string, string>> = {}): Promise<OckamHome> {
  return new OckamHome("rust", [await installOckam()], env);
}
