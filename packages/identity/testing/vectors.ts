// The vectors of ../vectors with their bytes decoded where every test needs them decoded.
import { fromHex } from "@ockam/codec";
import { createSoftwareVault } from "@ockam/vault";
import acceptance from "../vectors/acceptance.json" with { type: "json" };
import attestations from "../vectors/attestations.json" with { type: "json" };
import histories from "../vectors/histories.json" with { type: "json" };
import { Identity } from "../src/identity.ts";

export { acceptance, attestations, histories };

/** Between the creation and the expiry of everything in the vectors. */
export const NOW: number = acceptance.clock.from;

/** The vector of that name. */
export function named<T extends { readonly name: string }>(vectors: readonly T[], name: string): T {
  const found = vectors.find((vector) => vector.name === name);
  if (found === undefined) throw new Error(`no vector is named ${name}`);
  return found;
}

/** The bytes of a history or a rotated history. */
export function history(name: string): Uint8Array {
  return fromHex(named([...histories.histories, ...histories.rotationsOfA], name).changeHistory);
}

/** The verified identity of a vector. */
export function identity(name: string): Identity {
  return Identity.verify(history(name), createSoftwareVault());
}

/** The bytes of an attestation. */
export function attestation(name: string): Uint8Array {
  return fromHex(named(attestations.attestations, name).attestation);
}
