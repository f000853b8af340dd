import { isOckamError } from "@ockam/codec";
import { createSoftwareVault } from "@ockam/vault";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bitFlips, mutations, truncations } from "../testing/mutation.ts";
import { scaled } from "../testing/scaled.ts";
import { attestation, attestations, identity, named, NOW } from "../testing/vectors.ts";
import type { UnverifiedAttestation } from "./purpose-key-attestation.ts";
import { checkAttestation, decodeAttestation } from "./purpose-key-attestation.ts";
import { VerificationCache } from "./verification-cache.ts";

const cache = new VerificationCache(createSoftwareVault());

describe.each(attestations.attestations.map(({ name }) => name))("a changed attestation, %s", (name) => {
  const original = attestation(name);
  const subject = identity(named(attestations.attestations, name).history);
  const genuine = decodeAttestation(original);

  test("is refused when any part of its end is missing", () => {
    for (const cut of truncations(original)) expect(verify(cut)).toBeUndefined();
  });

  test("is refused when any bit is flipped", () => {
    for (const flipped of bitFlips(original)) expect(verify(flipped)).toBeUndefined();
  });

  test("is refused or says the same when bytes are changed, inserted and removed", () => {
    fc.assert(
      fc.property(mutations(original), (mutated) => {
        const verified = verify(mutated);
        if (verified !== undefined) expect(verified).toEqual(genuine);
      }),
      { numRuns: scaled(500) },
    );
  });

  /** The attestation, or undefined when it is refused in the one way in which an attestation may be refused. */
  function verify(encoded: Uint8Array): UnverifiedAttestation | undefined {
    try {
      const decoded = decodeAttestation(encoded);
      checkAttestation(decoded, subject, NOW);
      cache.verifyAttestationSignature(decoded, subject);
      return decoded;
    } catch (error) {
      if (isOckamError(error, "OCKAM_IDENTITY_INVALID_ATTESTATION")) return undefined;
      throw error;
    }
  }
});
