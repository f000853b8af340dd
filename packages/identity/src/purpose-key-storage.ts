import type { Identifier } from "./identifier.ts";
import type { Purpose } from "./purpose.ts";

/**
 * Keeps the attestation of one purpose key for each identity and purpose. An implementation stores bytes as they are
 * and proves itself with `testPurposeKeyStorage` of `@ockam/identity/testing`.
 */
export interface PurposeKeyStorage {
  /** The stored attestation, or undefined. */
  get(identifier: Identifier, purpose: Purpose): Promise<Uint8Array | undefined>;
  /** Stores an attestation in place of the one before. */
  put(identifier: Identifier, purpose: Purpose, attestation: Uint8Array): Promise<void>;
  /** Removes an attestation and says whether there was one. */
  delete(identifier: Identifier, purpose: Purpose): Promise<boolean>;
}

/** A storage that forgets everything when the process ends. */
export function memoryPurposeKeyStorage(): PurposeKeyStorage {
  const attestations = new Map<string, Uint8Array>();
  return {
    async get(identifier, purpose) {
      return attestations.get(`${identifier.toString()} ${purpose}`)?.slice();
    },
    async put(identifier, purpose, attestation) {
      attestations.set(`${identifier.toString()} ${purpose}`, attestation.slice());
    },
    async delete(identifier, purpose) {
      return attestations.delete(`${identifier.toString()} ${purpose}`);
    },
  };
}
