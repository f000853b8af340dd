import { concatBytes, encodeUtf8, equalBytes, fromHex } from "@ockam/codec";

import {
  MAX_HKDF_INFO_LENGTH,
  MAX_HKDF_OUTPUT_LENGTH,
  P256_PUBLIC_KEY_LENGTH,
  SECRET_KEY_LENGTH,
  SIGNATURE_LENGTH,
  X25519_PUBLIC_KEY_LENGTH,
} from "../backend.ts";
import type { CryptoBackend } from "../backend.ts";
import { check, checkBytes, checkFailure, checkRangeError } from "./check.ts";
import type { RegisterTest } from "./check.ts";
import { testAeadKey } from "./test-aead-key.ts";

const EMPTY = new Uint8Array(0);
const AAD = encodeUtf8("associated data");
const MESSAGE = encodeUtf8("a message that takes a little more than three blocks of AES");
const P256_ORDER = fromHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/** The tests that every {@link CryptoBackend} passes, next to the vectors of its algorithms. */
export function testBackend(test: RegisterTest, backend: CryptoBackend): void {
  testSimpleFunctions(test, backend);
  testKeyAgreement(test, backend);
  testSignatures(test, backend);
  testAeadKey(test, backend);
}

function testSimpleFunctions(test: RegisterTest, backend: CryptoBackend): void {
  test("random bytes have the length asked for and differ", async () => {
    for (const length of [0, 1, 32, 70_000]) {
      const bytes = backend.randomBytes(length);
      check(bytes.constructor === Uint8Array && bytes.length === length, `${length} plain bytes`);
    }
    check(!equalBytes(backend.randomBytes(32), backend.randomBytes(32)), "two draws to differ");
    check(
      backend
        .randomBytes(70_000)
        .subarray(69_000)
        .some((byte) => byte !== 0),
      "a long draw to be filled to its end",
    );
    await checkRangeError(() => backend.randomBytes(-1));
    await checkRangeError(() => backend.randomBytes(1.5));
  });

  test("hashes join their parts", () => {
    const [head, tail] = [MESSAGE.subarray(0, 7), MESSAGE.subarray(7)];
    checkBytes(backend.sha256(head, EMPTY, tail), backend.sha256(MESSAGE), "the digest of the whole");
    checkBytes(
      backend.sha256(),
      fromHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      "SHA-256 of nothing",
    );
    checkBytes(
      backend.hmacSha256(AAD, head, EMPTY, tail),
      backend.hmacSha256(AAD, MESSAGE),
      "the code of the whole",
    );
    checkBytes(backend.hmacSha256(EMPTY), backend.hmacSha256(EMPTY, EMPTY), "the code of nothing");
  });

  test("HKDF is bounded, and takes empty input", async () => {
    const longest = backend.hkdfSha256(MESSAGE, AAD, EMPTY, MAX_HKDF_OUTPUT_LENGTH);
    check(longest.length === MAX_HKDF_OUTPUT_LENGTH, "the longest output");
    checkBytes(
      backend.hkdfSha256(MESSAGE, AAD, EMPTY, 64),
      longest.slice(0, 64),
      "a prefix of the longest output",
    );
    // Noise derives the last keys of a handshake from no input at all.
    const extracted = backend.hmacSha256(AAD, EMPTY);
    checkBytes(
      backend.hkdfSha256(EMPTY, AAD, EMPTY, 32),
      backend.hmacSha256(extracted, Uint8Array.of(1)),
      "HKDF of nothing",
    );
    await checkRangeError(() => backend.hkdfSha256(MESSAGE, AAD, EMPTY, MAX_HKDF_OUTPUT_LENGTH + 1));
    await checkRangeError(() => backend.hkdfSha256(MESSAGE, AAD, EMPTY, 0));
    const info = new Uint8Array(MAX_HKDF_INFO_LENGTH);
    check(backend.hkdfSha256(MESSAGE, AAD, info, 1).length === 1, "the longest info to be taken");
    await checkRangeError(() =>
      backend.hkdfSha256(MESSAGE, AAD, new Uint8Array(MAX_HKDF_INFO_LENGTH + 1), 1),
    );
  });
}

function testKeyAgreement(test: RegisterTest, backend: CryptoBackend): void {
  test("X25519 agrees on a secret", () => {
    const [ours, theirs] = [backend.randomBytes(32), backend.randomBytes(32)];
    const kept = ours.slice();
    const [ourPublic, theirPublic] = [backend.x25519PublicKey(ours), backend.x25519PublicKey(theirs)];
    checkBytes(backend.x25519(ours, theirPublic), backend.x25519(theirs, ourPublic), "the shared secret");
    checkBytes(ours, kept, "the secret, unclamped");
  });

  test("X25519 notices that a secret's bytes changed", () => {
    const secret = new Uint8Array(SECRET_KEY_LENGTH).fill(1);
    const before = backend.x25519PublicKey(secret);
    secret.fill(2);
    check(!equalBytes(backend.x25519PublicKey(secret), before), "another public key");
    secret.fill(1);
    checkBytes(backend.x25519PublicKey(secret), before, "the first public key");
  });

  test("X25519 refuses points of low order and wrong lengths", async () => {
    const secret = backend.randomBytes(SECRET_KEY_LENGTH);
    for (const first of [0, 1]) {
      const point = new Uint8Array(X25519_PUBLIC_KEY_LENGTH);
      point[0] = first;
      await checkFailure(() => backend.x25519(secret, point), "OCKAM_VAULT_LOW_ORDER_POINT");
    }
    await checkRangeError(() => backend.x25519(secret, new Uint8Array(31)));
    await checkRangeError(() => backend.x25519(new Uint8Array(33), secret));
    await checkRangeError(() => backend.x25519PublicKey(new Uint8Array(31)));
  });
}

function testSignatures(test: RegisterTest, backend: CryptoBackend): void {
  for (const { name, make, sign, verify } of schemesOf(backend)) {
    const secret = new Uint8Array(SECRET_KEY_LENGTH).fill(3);

    test(`${name} signs and verifies`, () => {
      const signature = sign(secret, MESSAGE);
      check(signature.length === SIGNATURE_LENGTH, "64 bytes");
      checkBytes(sign(secret, MESSAGE), signature, "a deterministic signature");
      check(verify(make(secret), MESSAGE, signature), "the signature to be valid");
      check(!verify(make(secret), AAD, signature), "another message to be refused");
      check(
        !verify(make(new Uint8Array(SECRET_KEY_LENGTH).fill(4)), MESSAGE, signature),
        "another key to be refused",
      );
      check(verify(make(secret), EMPTY, sign(secret, EMPTY)), "an empty message to be signed");
    });

    test(`${name} refuses every changed bit of a signature's ends`, () => {
      for (const index of [0, 31, 32, 63]) {
        const signature = sign(secret, MESSAGE);
        signature[index]! ^= 1;
        check(!verify(make(secret), MESSAGE, signature), `a change in byte ${index} to be refused`);
      }
    });

    test(`${name} answers false to malformed keys and signatures`, () => {
      const [key, signature] = [make(secret), sign(secret, MESSAGE)];
      for (const wrong of [
        EMPTY,
        signature.subarray(1),
        concatBytes(signature, Uint8Array.of(0)),
        new Uint8Array(64),
        new Uint8Array(64).fill(255),
      ]) {
        check(!verify(key, MESSAGE, wrong), `a signature of ${wrong.length} bytes to be refused`);
      }
      for (const wrong of [
        EMPTY,
        key.subarray(1),
        concatBytes(key, Uint8Array.of(0)),
        new Uint8Array(key.length),
        new Uint8Array(key.length).fill(255),
      ]) {
        check(!verify(wrong, MESSAGE, signature), `a key of ${wrong.length} bytes to be refused`);
      }
    });

    test(`${name} refuses secrets of other lengths`, async () => {
      await checkRangeError(() => make(new Uint8Array(31)));
      await checkRangeError(() => sign(new Uint8Array(33), MESSAGE));
    });
  }

  test("P-256 keys are uncompressed points of the curve", () => {
    const key = backend.p256PublicKey(new Uint8Array(SECRET_KEY_LENGTH).fill(3));
    check(key.length === P256_PUBLIC_KEY_LENGTH && key[0] === 4, "65 bytes that begin with 4");
    const signature = backend.p256Sign(new Uint8Array(SECRET_KEY_LENGTH).fill(3), MESSAGE);
    for (const first of [0, 2, 3, 5, 6, 7]) {
      const other = key.slice();
      other[0] = first;
      check(!backend.p256Verify(other, MESSAGE, signature), `the form ${first} to be refused`);
    }
    const offCurve = key.slice();
    offCurve[64]! ^= 1;
    check(!backend.p256Verify(offCurve, MESSAGE, signature), "a point off the curve to be refused");
  });

  test("P-256 secrets lie between zero and the order", async () => {
    for (const secret of [
      new Uint8Array(SECRET_KEY_LENGTH),
      P256_ORDER,
      new Uint8Array(SECRET_KEY_LENGTH).fill(255),
    ]) {
      await checkFailure(() => backend.p256PublicKey(secret), "OCKAM_VAULT_INVALID_SECRET_KEY");
      await checkFailure(() => backend.p256Sign(secret, MESSAGE), "OCKAM_VAULT_INVALID_SECRET_KEY");
    }
    const largest = P256_ORDER.slice();
    largest[31]! -= 1;
    check(backend.p256PublicKey(largest).length === P256_PUBLIC_KEY_LENGTH, "the largest secret to be taken");
  });
}

interface Scheme {
  readonly name: string;
  readonly make: (secret: Uint8Array) => Uint8Array;
  readonly sign: (secret: Uint8Array, message: Uint8Array) => Uint8Array;
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}

function schemesOf(backend: CryptoBackend): readonly Scheme[] {
  return [
    {
      name: "Ed25519",
      make: (secret) => backend.ed25519PublicKey(secret),
      sign: (secret, message) => backend.ed25519Sign(secret, message),
      verify: (publicKey, message, signature) => backend.ed25519Verify(publicKey, message, signature),
    },
    {
      name: "P-256",
      make: (secret) => backend.p256PublicKey(secret),
      sign: (secret, message) => backend.p256Sign(secret, message),
      verify: (publicKey, message, signature) => backend.p256Verify(publicKey, message, signature),
    },
  ];
}
