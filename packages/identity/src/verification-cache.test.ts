import { concatBytes } from "@ockam/codec";
import type { VerifyingVault } from "@ockam/vault";
import { createSoftwareVault } from "@ockam/vault";
import { describe, expect, test } from "vitest";
import { attestation, history, identity } from "../testing/vectors.ts";
import {
  VERIFIED_ATTESTATIONS_CAPACITY,
  VERIFIED_HISTORIES_CAPACITY,
  VERIFIED_HISTORIES_MAX_BYTES,
} from "./constants.ts";
import { createIdentities } from "./identities.ts";
import { decodeAttestation } from "./purpose-key-attestation.ts";
import { VerificationCache } from "./verification-cache.ts";

describe("VerificationCache", () => {
  test("a history that returns costs no signature check, other bytes do", () => {
    const { vault, checks } = countingVault();
    const cache = new VerificationCache(vault);
    const first = cache.verifyHistory(history("ed25519_identity_rotated"));
    expect(checks()).toBe(3);
    expect(cache.verifyHistory(history("ed25519_identity_rotated"))).toBe(first);
    expect(checks()).toBe(3);
    cache.verifyHistory(concatBytes(history("ed25519_identity_rotated"), Uint8Array.of(0)));
    expect(checks()).toBe(6);
  });

  test("a refused history is refused again", () => {
    const { vault, checks } = countingVault();
    const cache = new VerificationCache(vault);
    const forged = history("ed25519_identity");
    forged[forged.length - 1]! ^= 1;
    for (const count of [1, 2]) {
      expect(() => cache.verifyHistory(forged)).toThrow(
        expect.objectContaining({ code: "OCKAM_IDENTITY_INVALID_HISTORY" }),
      );
      expect(checks()).toBe(count);
    }
    expect(cache.size.histories).toBe(0);
  });

  test("the history that was unused for longest makes room", () => {
    const { vault, checks } = countingVault();
    const cache = new VerificationCache(vault, { histories: 2 });
    const [a, b, c] = ["ed25519_identity", "p256_identity", "subject_identity"].map(history);
    for (const bytes of [a!, b!, a!, c!]) cache.verifyHistory(bytes);
    expect(checks()).toBe(3);
    expect(cache.size.histories).toBe(2);
    cache.verifyHistory(a!);
    expect(checks()).toBe(3);
    cache.verifyHistory(b!);
    expect(checks()).toBe(4);
  });

  test("histories make room by their bytes, too", () => {
    const { vault } = countingVault();
    const one = history("ed25519_identity");
    const cache = new VerificationCache(vault, { historyBytes: one.length + 10 });
    cache.verifyHistory(one);
    cache.verifyHistory(history("subject_identity"));
    expect(cache.size).toMatchObject({ histories: 1, historyBytes: one.length });
    cache.verifyHistory(history("ed25519_identity_rotated"));
    expect(cache.size).toMatchObject({ histories: 0, historyBytes: 0 });
  });

  test("an attestation that returns costs no signature check, and the oldest makes room", () => {
    const { vault, checks } = countingVault();
    const cache = new VerificationCache(vault, { attestations: 2 });
    const subject = identity("ed25519_identity");
    const [a, b, c] = ["secure_channel_purpose_key", "credential_purpose_key", "credential_purpose_key_p256"]
      .map(attestation)
      .map(decodeAttestation);
    for (const decoded of [a!, a!, b!, a!, c!, a!]) cache.verifyAttestationSignature(decoded, subject);
    expect(checks()).toBe(3);
    expect(cache.size.attestations).toBe(2);
    cache.verifyAttestationSignature(b!, subject);
    expect(checks()).toBe(4);
  });

  test("its bounds are the named ones unless told otherwise", () => {
    const { vault } = countingVault();
    const cache = new VerificationCache({ ...vault, verify: () => true });
    const subject = identity("ed25519_identity");
    const decoded = decodeAttestation(attestation("secure_channel_purpose_key"));
    for (let i = 0; i < VERIFIED_ATTESTATIONS_CAPACITY + 5; i++) {
      const bytes = new Uint8Array(64);
      new DataView(bytes.buffer).setUint32(0, i);
      cache.verifyAttestationSignature({ ...decoded, signature: { type: "ed25519", bytes } }, subject);
    }
    expect(cache.size.attestations).toBe(VERIFIED_ATTESTATIONS_CAPACITY);
    for (let i = 0; i < VERIFIED_HISTORIES_CAPACITY + 5; i++) {
      cache.verifyHistory(concatBytes(history("ed25519_identity"), Uint8Array.of(i & 0xff, i >> 8)));
    }
    expect(cache.size.histories).toBe(VERIFIED_HISTORIES_CAPACITY);
    const long = new Uint8Array(40_000);
    for (let i = 0; i < VERIFIED_HISTORIES_MAX_BYTES / long.length + 5; i++) {
      cache.verifyHistory(concatBytes(history("ed25519_identity"), long, Uint8Array.of(i)));
    }
    expect(cache.size.historyBytes).toBeLessThanOrEqual(VERIFIED_HISTORIES_MAX_BYTES);
    expect(cache.size.historyBytes).toBeGreaterThan(VERIFIED_HISTORIES_MAX_BYTES - 50_000);
  });
});

describe("a peer who returns", () => {
  test("costs no signature check, while time, change and expectation still count", async () => {
    let now = 1_700_000_260;
    const { vault, checks } = countingVault();
    const identities = createIdentities({
      vault: Object.assign(createSoftwareVault(), vault),
      now: () => now,
    });
    const subject = identity("ed25519_identity").identifier;
    const present = async (): Promise<void> => {
      await identities.import(history("ed25519_identity"), { expected: subject });
      await identities.verifyPurposeKeyAttestation(attestation("secure_channel_purpose_key"), {
        purpose: "secure-channel",
        expectedSubject: subject,
      });
    };
    await present();
    const first = checks();
    await present();
    expect(checks()).toBe(first);

    await expect(
      identities.import(history("ed25519_identity"), { expected: identity("p256_identity").identifier }),
    ).rejects.toMatchObject({ code: "OCKAM_IDENTITY_UNEXPECTED" });
    now = 1_857_680_011;
    await expect(present()).rejects.toMatchObject({ code: "OCKAM_IDENTITY_INVALID_ATTESTATION" });
    now = 1_700_000_260;
    await identities.import(history("ed25519_identity_rotated"));
    await expect(present()).rejects.toMatchObject({ code: "OCKAM_IDENTITY_ROLLBACK" });
  });
});

/** A vault that counts its signature checks. */
function countingVault(): { vault: VerifyingVault; checks: () => number } {
  const real = createSoftwareVault();
  let count = 0;
  return {
    vault: {
      sha256: (data) => real.sha256(data),
      verify: (...check) => {
        count += 1;
        return real.verify(...check);
      },
    },
    checks: () => count,
  };
}
