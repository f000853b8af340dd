import { isOckamError } from "@ockam/codec";
import { createSoftwareVault } from "@ockam/vault";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bitFlips, mutations, truncations } from "../testing/mutation.ts";
import { scaled } from "../testing/scaled.ts";
import { history } from "../testing/vectors.ts";
import { Identity } from "./identity.ts";

const vault = createSoftwareVault();
const NAMES = ["ed25519_identity", "ed25519_identity_rotated", "p256_identity", "mixed_rotation"] as const;

describe.each(NAMES)("a changed history of %s", (name) => {
  const original = history(name);
  const genuine = Identity.verify(original, vault);

  test("is refused when any part of its end is missing", () => {
    for (const cut of truncations(original)) expect(verify(cut)).toBeUndefined();
  });

  test("is refused when any bit is flipped", () => {
    for (const flipped of bitFlips(original)) expect(verify(flipped)).toBeUndefined();
  });

  test("is refused or says nothing new when bytes are changed, inserted and removed", () => {
    fc.assert(
      fc.property(mutations(original), (mutated) => {
        const verified = verify(mutated);
        if (verified === undefined) return;
        expect(["equal", "older"]).toContain(verified.compare(genuine));
      }),
      { numRuns: scaled(500) },
    );
  });
});

test("bytes that are no history are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 512 }), (bytes) => {
      expect(verify(bytes)).toBeUndefined();
    }),
    { numRuns: scaled(500) },
  );
});

/** The identity, or undefined when it is refused in the one way in which a history may be refused. */
function verify(changeHistory: Uint8Array): Identity | undefined {
  try {
    return Identity.verify(changeHistory, vault);
  } catch (error) {
    if (isOckamError(error, "OCKAM_IDENTITY_INVALID_HISTORY")) return undefined;
    throw error;
  }
}
