import { concatBytes, CborWriter, fromHex, toHex } from "@ockam/codec";
import { createSoftwareVault, nobleBackend, nodeBackend, writeSignature } from "@ockam/vault";
import { describe, expect, test } from "vitest";
import { acceptance, attestation, attestations, identity, named, NOW } from "../testing/vectors.ts";
import { MAX_ATTESTATION_LENGTH, MAX_CLOCK_SKEW } from "./constants.ts";
import type { Identity } from "./identity.ts";
import type { PurposeKeyAttestationData } from "./purpose-key-attestation.ts";
import {
  checkAttestation,
  decodeAttestation,
  encodeAttestation,
  encodeAttestationData,
} from "./purpose-key-attestation.ts";
import { VerificationCache } from "./verification-cache.ts";
import { encodeVersionedData } from "./versioned-data.ts";

const vault = createSoftwareVault();
const INVALID = expect.objectContaining({ code: "OCKAM_IDENTITY_INVALID_ATTESTATION" });
const A = identity("ed25519_identity");
const ROTATED = identity("ed25519_identity_rotated");

describe.each([
  ["node", nodeBackend()],
  ["noble", nobleBackend()],
] as const)("attestations of ockam 0.150.0 with the %s backend", (_, backend) => {
  const own = createSoftwareVault(backend === undefined ? {} : { backend });

  test.each(attestations.attestations)("$name", async (vector) => {
    const decoded = decodeAttestation(fromHex(vector.attestation));
    expect(decoded.subject.toString()).toBe(vector.subject);
    expect(toHex(decoded.subjectLatestChangeHash)).toBe(vector.subjectLatestChangeHash);
    expect(decoded.key).toEqual({
      purpose: vector.purpose,
      publicKey:
        vector.keyType === "x25519"
          ? fromHex(vector.publicKey)
          : { type: vector.keyType, bytes: fromHex(vector.publicKey) },
    });
    expect(decoded.createdAt).toBe(vector.createdAt);
    expect(decoded.expiresAt).toBe(vector.expiresAt);
    expect(toHex(decoded.data)).toBe(vector.data);
    expect(toHex(own.sha256(decoded.data))).toBe(vector.hash);
    expect(toHex(encodeAttestationData(decoded))).toBe(vector.data);
    expect(toHex(encodeAttestation(decoded.data, decoded.signature))).toBe(vector.attestation);
    verify(fromHex(vector.attestation), identity(vector.history));
  });

  test.each(acceptance.attestationsOfA)("$name: $rule", ({ accept, acceptAfterRotation, ...vector }) => {
    for (const [verdict, subject] of [
      [accept, A],
      [acceptAfterRotation, ROTATED],
    ] as const) {
      const run = (): void => {
        verify(fromHex(vector.attestation), subject);
      };
      if (verdict) expect(run).not.toThrow();
      else expect(run).toThrow(INVALID);
    }
  });

  function verify(encoded: Uint8Array, subject: Identity): void {
    const decoded = decodeAttestation(encoded);
    checkAttestation(decoded, subject, NOW);
    new VerificationCache(own).verifyAttestationSignature(decoded, subject);
  }
});

describe("checkAttestation", () => {
  const genuine = decodeAttestation(attestation("secure_channel_purpose_key"));
  const created = genuine.createdAt;
  const expires = genuine.expiresAt;

  test.each([
    [`${MAX_CLOCK_SKEW} s before its creation`, created - MAX_CLOCK_SKEW, true],
    [`${MAX_CLOCK_SKEW + 1} s before its creation`, created - MAX_CLOCK_SKEW - 1, false],
    ["at its creation", created, true],
    ["in its last second", expires, true],
    ["one second later", expires + 1, false],
  ])("%s", (_, now, accepted) => {
    const run = (): void => {
      checkAttestation(genuine, A, now);
    };
    if (accepted) expect(run).not.toThrow();
    else expect(run).toThrow(INVALID);
  });

  test("an attestation may fill the identity key's lifetime and not exceed it", () => {
    const { validFrom, validUntil } = A.latest;
    const at = (createdAt: number, expiresAt: number) => () => {
      checkAttestation({ ...genuine, createdAt, expiresAt }, A, NOW);
    };
    expect(at(validFrom, validUntil)).not.toThrow();
    expect(at(validFrom - 1, validUntil)).toThrow(INVALID);
    expect(at(validFrom, validUntil + 1)).toThrow(INVALID);
  });

  test("an identity cannot attest a key for somebody else", () => {
    const { identifier } = identity("subject_identity");
    expect(() => {
      checkAttestation({ ...genuine, subject: identifier }, A, NOW);
    }).toThrow(INVALID);
  });

  test("another subject, and another change of the subject, are refused", () => {
    expect(() => {
      checkAttestation(genuine, identity("subject_identity"), NOW);
    }).toThrow(INVALID);
    expect(() => {
      checkAttestation(genuine, ROTATED, NOW);
    }).toThrow(INVALID);
  });
});

describe("decodeAttestation", () => {
  const genuine = decodeAttestation(attestation("credential_purpose_key"));

  test(`${MAX_ATTESTATION_LENGTH} bytes are decoded, more are refused`, () => {
    const encoded = attestation("secure_channel_purpose_key");
    const longest = concatBytes(encoded, new Uint8Array(MAX_ATTESTATION_LENGTH - encoded.length));
    expect(decodeAttestation(longest).data).toEqual(decodeAttestation(encoded).data);
    expect(() => decodeAttestation(concatBytes(longest, Uint8Array.of(0)))).toThrow(INVALID);
  });

  test("fields of a newer version are skipped", () => {
    const writer = new CborWriter().array(3).bytes(genuine.data);
    writeSignature(writer, genuine.signature);
    const extended = writer.text("more").finish();
    expect(decodeAttestation(extended)).toEqual(genuine);
  });

  test("data signed for another use is refused", () => {
    const inner = genuine.data.subarray(5);
    for (const type of [1, 3] as const) {
      const data = encodeVersionedData(type, inner);
      expect(() => decodeAttestation(encodeAttestation(data, genuine.signature))).toThrow(INVALID);
    }
    const version2 = genuine.data.slice();
    version2[1] = 2;
    expect(() => decodeAttestation(encodeAttestation(version2, genuine.signature))).toThrow(INVALID);
  });

  test("an unknown kind of key is refused", () => {
    const hex = toHex(genuine.data);
    const unknown = fromHex(hex.replace(toHex(encodedKind(genuine)), "820281"));
    expect(unknown).not.toEqual(genuine.data);
    expect(() => decodeAttestation(encodeAttestation(unknown, genuine.signature))).toThrow(INVALID);
  });
});

describe("a remembered signature", () => {
  const decoded = decodeAttestation(attestation("secure_channel_purpose_key"));
  const { bytes } = decoded.signature;
  const otherData = decodeAttestation(attestation("credential_purpose_key")).data;

  test.each([
    ["is of its kind", { ...decoded, signature: { type: "p256", bytes } } as const, A],
    ["is of its data", { ...decoded, data: otherData }, A],
    [
      "is of its bytes",
      { ...decoded, signature: { type: "ed25519", bytes: bytes.toReversed() } } as const,
      A,
    ],
    ["is of its signer", decoded, identity("subject_identity")],
  ])("%s alone", (_, other, signer) => {
    const cache = new VerificationCache(vault);
    cache.verifyAttestationSignature(decoded, A);
    expect(() => {
      cache.verifyAttestationSignature(other, signer);
    }).toThrow(INVALID);
    cache.verifyAttestationSignature(decoded, A);
  });
});

test("an attestation is made as its vector from the secrets alone", async () => {
  const vector = named(attestations.attestations, "secure_channel_purpose_key");
  const own = createSoftwareVault();
  const signer = await own.importSigningKey(
    "ed25519",
    Uint8Array.from({ length: 32 }, (_, i) => i),
  );
  const handle = await own.importStaticKey(fromHex(vector.secretKey));
  expect(handle).toBe(vector.handle);
  const data = encodeAttestationData({
    subject: A.identifier,
    subjectLatestChangeHash: A.latest.hash,
    key: { purpose: "secure-channel", publicKey: await own.staticPublicKey(handle) },
    createdAt: vector.createdAt,
    expiresAt: vector.expiresAt,
  });
  const signature = await own.sign(signer, own.sha256(data));
  expect(toHex(encodeAttestation(data, signature))).toBe(vector.attestation);
});

/** The bytes that say what kind of purpose key follows. */
function encodedKind({ key }: PurposeKeyAttestationData): Uint8Array {
  return Uint8Array.of(0x82, key.purpose === "secure-channel" ? 0 : 1, 0x81);
}
