import { concatBytes } from "@ockam/codec";
import { array, assert, boolean, integer, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";

import {
  AEAD_KEY_LENGTH,
  AEAD_NONCE_LENGTH,
  AEAD_TAG_LENGTH,
  ED25519_PUBLIC_KEY_LENGTH,
  MAX_HKDF_INFO_LENGTH,
  MAX_HKDF_OUTPUT_LENGTH,
  P256_PUBLIC_KEY_LENGTH,
  SECRET_KEY_LENGTH,
  SHA256_LENGTH,
  SIGNATURE_LENGTH,
  X25519_PUBLIC_KEY_LENGTH,
} from "./backend.ts";
import { nobleBackend } from "./noble-backend.ts";
import { nodeBackend } from "./node-backend.ts";
import { testBackend } from "./testing/index.ts";

const SCALE = Number(process.env["OCKAM_TEST_SCALE"] ?? "1");
const [node, noble] = [nodeBackend()!, nobleBackend()];

describe.each([node, noble])("$name", (backend) => {
  testBackend(test, backend);

  test("the lengths are those of the constants", () => {
    const secret = new Uint8Array(SECRET_KEY_LENGTH).fill(1);
    expect(backend.sha256().length).toBe(SHA256_LENGTH);
    expect(backend.x25519PublicKey(secret).length).toBe(X25519_PUBLIC_KEY_LENGTH);
    expect(backend.ed25519PublicKey(secret).length).toBe(ED25519_PUBLIC_KEY_LENGTH);
    expect(backend.p256PublicKey(secret).length).toBe(P256_PUBLIC_KEY_LENGTH);
    expect(backend.ed25519Sign(secret, secret).length).toBe(SIGNATURE_LENGTH);
    expect(backend.p256Sign(secret, secret).length).toBe(SIGNATURE_LENGTH);
  });
});

test("the limits are those of the standards", () => {
  expect([SECRET_KEY_LENGTH, AEAD_KEY_LENGTH, AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH]).toEqual([32, 32, 12, 16]);
  expect([MAX_HKDF_OUTPUT_LENGTH, MAX_HKDF_INFO_LENGTH]).toEqual([8160, 1024]);
});

const bytes = (length: number) => uint8Array({ minLength: length, maxLength: length });
const message = uint8Array({ maxLength: 200 });

describe("node and noble agree", () => {
  test("on hashes and key derivation", () => {
    assert(
      property(message, message, message, integer({ min: 1, max: 200 }), (a, b, c, length) => {
        expect(node.sha256(a, b)).toEqual(noble.sha256(a, b));
        expect(node.hmacSha256(a, b, c)).toEqual(noble.hmacSha256(a, b, c));
        expect(node.hkdfSha256(a, b, c, length)).toEqual(noble.hkdfSha256(a, b, c, length));
      }),
      { numRuns: 200 * SCALE },
    );
  });

  test("on X25519, of any key that a peer may send", () => {
    assert(
      property(bytes(SECRET_KEY_LENGTH), bytes(X25519_PUBLIC_KEY_LENGTH), (secret, publicKey) => {
        expect(node.x25519PublicKey(secret)).toEqual(noble.x25519PublicKey(secret));
        expect(outcome(() => node.x25519(secret, publicKey))).toEqual(
          outcome(() => noble.x25519(secret, publicKey)),
        );
      }),
      { numRuns: 100 * SCALE },
    );
  });

  test("on signatures, also of changed keys, messages and signatures", () => {
    const change = integer({ min: 0, max: 8 * SIGNATURE_LENGTH - 1 });
    assert(
      property(bytes(SECRET_KEY_LENGTH), message, change, boolean(), (secret, data, bit, ofKey) => {
        for (const scheme of SCHEMES) {
          const key = scheme.publicKey(node, secret);
          expect(key).toEqual(scheme.publicKey(noble, secret));
          const signature = scheme.sign(node, secret, data);
          expect(signature).toEqual(scheme.sign(noble, secret, data));
          expect(scheme.verify(noble, key, data, signature)).toBe(true);
          expect(scheme.verify(node, key, data, signature)).toBe(true);
          const changed = ofKey ? key : signature;
          changed[(bit >> 3) % changed.length]! ^= 1 << (bit & 7);
          expect(scheme.verify(noble, key, data, signature)).toBe(scheme.verify(node, key, data, signature));
        }
      }),
      { numRuns: 50 * SCALE },
    );
  });

  test("on sealed messages", () => {
    const pieces = array(message, { maxLength: 5 });
    assert(
      property(
        bytes(AEAD_KEY_LENGTH),
        bytes(AEAD_NONCE_LENGTH),
        message,
        pieces,
        (secret, nonce, aad, plaintext) => {
          const [fast, portable] = [node.aes256Gcm(secret), noble.aes256Gcm(secret)];
          const sealed = fast.seal(nonce, aad, plaintext);
          expect(concatBytes(...sealed)).toEqual(concatBytes(...portable.seal(nonce, aad, plaintext)));
          expect(concatBytes(...portable.open(nonce, aad, sealed))).toEqual(concatBytes(...plaintext));
          expect(concatBytes(...fast.open(nonce, aad, sealed))).toEqual(concatBytes(...plaintext));
        },
      ),
      { numRuns: 200 * SCALE },
    );
  });
});

const SCHEMES = [
  {
    publicKey: (backend: typeof node, secret: Uint8Array) => backend.ed25519PublicKey(secret),
    sign: (backend: typeof node, secret: Uint8Array, data: Uint8Array) => backend.ed25519Sign(secret, data),
    verify: (backend: typeof node, key: Uint8Array, data: Uint8Array, signature: Uint8Array) =>
      backend.ed25519Verify(key, data, signature),
  },
  {
    publicKey: (backend: typeof node, secret: Uint8Array) => backend.p256PublicKey(scalar(secret)),
    sign: (backend: typeof node, secret: Uint8Array, data: Uint8Array) =>
      backend.p256Sign(scalar(secret), data),
    verify: (backend: typeof node, key: Uint8Array, data: Uint8Array, signature: Uint8Array) =>
      backend.p256Verify(key, data, signature),
  },
];

// Any 32 bytes as a number below the order and above zero.
function scalar(secret: Uint8Array): Uint8Array {
  const changed = secret.slice();
  changed[0]! &= 0x7f;
  changed[31]! |= 1;
  return changed;
}

function outcome(run: () => Uint8Array): Uint8Array | string {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}
