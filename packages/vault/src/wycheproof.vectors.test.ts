import { readFileSync } from "node:fs";
import { join } from "node:path";

import { concatBytes, fromHex, isOckamError, toHex } from "@ockam/codec";
import { describe, expect, test } from "vitest";

import { MAX_HKDF_OUTPUT_LENGTH } from "./backend.ts";
import { nobleBackend } from "./noble-backend.ts";
import { nodeBackend } from "./node-backend.ts";

// Project Wycheproof's vectors are megabytes of other people's data and stay outside of the repository.
// vectors/README.md says where they come from.
// vitest.config.ts leaves this file out when the folder is not given.
const FOLDER = process.env["OCKAM_VECTORS"]!;

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: "valid" | "invalid" | "acceptable";
}

interface Group<C extends Case> {
  readonly tests: readonly C[];
}

interface AeadCase extends Case {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

interface AeadGroup extends Group<AeadCase> {
  readonly keySize: number;
  readonly ivSize: number;
  readonly tagSize: number;
}

interface ExchangeCase extends Case {
  readonly public: string;
  readonly private: string;
  readonly shared: string;
}

interface SignatureCase extends Case {
  readonly msg: string;
  readonly sig: string;
}

interface SignatureGroup extends Group<SignatureCase> {
  readonly publicKey: { readonly pk: string; readonly uncompressed: string };
}

interface HkdfCase extends Case {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
}

interface MacCase extends Case {
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
}

describe.each([nodeBackend()!, nobleBackend()])("Wycheproof: $name", (backend) => {
  test("AES-GCM", () => {
    const counts = { refused: 0, valid: 0, invalid: 0 };
    for (const group of groups("aes_gcm_test.json") as readonly AeadGroup[]) {
      const supported = group.keySize === 256 && group.ivSize === 96 && group.tagSize === 128;
      for (const vector of group.tests) {
        const [nonce, aad, message] = [fromHex(vector.iv), fromHex(vector.aad), fromHex(vector.msg)];
        const sealed = fromHex(vector.ct + vector.tag);
        if (!supported) {
          expect(
            () => backend.aes256Gcm(fromHex(vector.key)).seal(nonce, aad, [message]),
            named(vector),
          ).toThrow(RangeError);
          expect(
            () => backend.aes256Gcm(fromHex(vector.key)).open(nonce, aad, [sealed]),
            named(vector),
          ).toThrow(RangeError);
          counts.refused++;
          continue;
        }
        const key = backend.aes256Gcm(fromHex(vector.key));
        if (vector.result === "valid") {
          expect(toHex(concatBytes(...key.seal(nonce, aad, [message]))), named(vector)).toBe(toHex(sealed));
          expect(toHex(concatBytes(...key.open(nonce, aad, [sealed]))), named(vector)).toBe(vector.msg);
          counts.valid++;
        } else {
          expect(
            codeOf(() => key.open(nonce, aad, [sealed])),
            named(vector),
          ).toBe("OCKAM_VAULT_DECRYPTION_FAILED");
          counts.invalid++;
        }
      }
    }
    expect(counts.refused + counts.valid + counts.invalid).toBe(316);
    expect(Math.min(counts.refused, counts.valid, counts.invalid)).toBeGreaterThan(0);
  });

  test("X25519", () => {
    let count = 0;
    for (const group of groups("x25519_test.json") as readonly Group<ExchangeCase>[]) {
      for (const vector of group.tests) {
        const exchange = () => backend.x25519(fromHex(vector.private), fromHex(vector.public));
        if (vector.flags.includes("ZeroSharedSecret")) {
          expect(codeOf(exchange), named(vector)).toBe("OCKAM_VAULT_LOW_ORDER_POINT");
        } else {
          // All others, the twist and non-canonical keys included, have one right answer.
          expect(toHex(exchange()), named(vector)).toBe(vector.shared);
        }
        count++;
      }
    }
    expect(count).toBe(518);
  });

  test("Ed25519", () => {
    let count = 0;
    for (const group of groups("ed25519_test.json") as readonly SignatureGroup[]) {
      for (const vector of group.tests) {
        const verified = backend.ed25519Verify(
          fromHex(group.publicKey.pk),
          fromHex(vector.msg),
          fromHex(vector.sig),
        );
        expect(verified, named(vector)).toBe(vector.result === "valid");
        count++;
      }
    }
    expect(count).toBe(151);
  });

  test("ECDSA P-256", () => {
    let count = 0;
    for (const group of groups("ecdsa_secp256r1_sha256_p1363_test.json") as readonly SignatureGroup[]) {
      const publicKey = fromHex(group.publicKey.uncompressed);
      for (const vector of group.tests) {
        const verified = backend.p256Verify(publicKey, fromHex(vector.msg), fromHex(vector.sig));
        expect(verified, named(vector)).toBe(vector.result === "valid");
        count++;
      }
    }
    expect(count).toBe(262);
  });

  test("HKDF-SHA256", () => {
    let count = 0;
    for (const group of groups("hkdf_sha256_test.json") as readonly Group<HkdfCase>[]) {
      for (const vector of group.tests) {
        const derive = () =>
          backend.hkdfSha256(fromHex(vector.ikm), fromHex(vector.salt), fromHex(vector.info), vector.size);
        if (vector.size > MAX_HKDF_OUTPUT_LENGTH) expect(derive, named(vector)).toThrow(RangeError);
        else expect(toHex(derive()), named(vector)).toBe(vector.okm);
        count++;
      }
    }
    expect(count).toBe(86);
  });

  test("HMAC-SHA256", () => {
    let count = 0;
    for (const group of groups("hmac_sha256_test.json") as readonly Group<MacCase>[]) {
      for (const vector of group.tests) {
        const code = toHex(backend.hmacSha256(fromHex(vector.key), fromHex(vector.msg)));
        // Half of the cases expect the code cut to 128 bits.
        expect(code.slice(0, vector.tag.length) === vector.tag, named(vector)).toBe(
          vector.result === "valid",
        );
        count++;
      }
    }
    expect(count).toBe(174);
  });
});

function groups(file: string): unknown {
  const content = readFileSync(join(FOLDER, "wycheproof", file), "utf8");
  return (JSON.parse(content) as { testGroups: unknown }).testGroups;
}

function named(vector: Case): string {
  return `case ${vector.tcId} (${vector.comment})`;
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isOckamError(error)) return error.code;
    throw error;
  }
}
