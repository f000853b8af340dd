import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, encodeUtf8, fromHex, toHex } from "@ockam/codec";
import { describe, expect, test } from "vitest";

import { nobleBackend } from "./noble-backend.ts";
import { nodeBackend } from "./node-backend.ts";

const backends = [nodeBackend()!, nobleBackend()];
const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
// A point of order 8: all small-order points are multiples of it.
const TORSION = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
const MESSAGE = encodeUtf8("message");

// Keys, and signatures, that an honest signer never makes: where implementations of Ed25519 differ. Both backends must
// decide alike, or two nodes would disagree about one identity.
describe.each(backends)("Ed25519 of $name at the edges", (backend) => {
  test("a key of small order verifies nothing", () => {
    for (let multiple = 0n; multiple < 8n; multiple++) {
      const key = multiple === 0n ? Point.ZERO : TORSION.multiplyUnsafe(multiple);
      for (const encoding of encodings(key.toAffine().y)) {
        // With S = 0 the equation is R = -kA: for these keys one message in eight or more fulfils it with R = 0.
        for (let seed = 0; seed < 32; seed++) {
          const signature = concatBytes(Point.ZERO.toBytes(), new Uint8Array(32));
          expect(backend.ed25519Verify(encoding, Uint8Array.of(seed), signature)).toBe(false);
        }
      }
    }
  });

  test("an R of small order is refused, in either form", () => {
    const a = 12345n;
    const key = Point.BASE.multiply(a).toBytes();
    for (const encodedR of encodings(1n)) {
      const s = (challenge(encodedR, key) * a) % ORDER;
      expect(backend.ed25519Verify(key, MESSAGE, concatBytes(encodedR, littleEndian(s)))).toBe(false);
    }
  });

  test("a torsion component of R counts", () => {
    const a = 12345n;
    const key = Point.BASE.multiply(a).toBytes();
    const nonce = 67890n;
    for (const [r, valid] of [
      [Point.BASE.multiply(nonce), true],
      [Point.BASE.multiply(nonce).add(TORSION), false],
    ] as const) {
      const encodedR = r.toBytes();
      const s = (nonce + challenge(encodedR, key) * a) % ORDER;
      expect(backend.ed25519Verify(key, MESSAGE, concatBytes(encodedR, littleEndian(s)))).toBe(valid);
    }
  });

  test("a torsion component of the key counts", () => {
    const a = 12345n;
    const key = Point.BASE.multiply(a).add(TORSION).toBytes();
    const outcomes = new Set<boolean>();
    for (let nonce = 1n; nonce <= 64n; nonce++) {
      const encodedR = Point.BASE.multiplyUnsafe(nonce).toBytes();
      const k = challenge(encodedR, key);
      const s = (nonce + k * a) % ORDER;
      const verified = backend.ed25519Verify(key, MESSAGE, concatBytes(encodedR, littleEndian(s)));
      expect(verified).toBe(k % 8n === 0n);
      outcomes.add(verified);
    }
    expect(outcomes.size).toBe(2);
  });

  test("S must be below the group order", () => {
    const seed = new Uint8Array(32).fill(1);
    const key = backend.ed25519PublicKey(seed);
    const signature = backend.ed25519Sign(seed, MESSAGE);
    const s = BigInt(`0x${toHex(signature.slice(32).toReversed())}`);
    expect(backend.ed25519Verify(key, MESSAGE, signature)).toBe(true);
    const increased = concatBytes(signature.subarray(0, 32), littleEndian(s + ORDER));
    expect(backend.ed25519Verify(key, MESSAGE, increased)).toBe(false);
  });
});

// All encodings of the points with this y: either sign of x, and y + p where it fits.
function encodings(y: bigint): readonly Uint8Array[] {
  return [y, y + Point.Fp.ORDER]
    .filter((value) => value < 1n << 255n)
    .flatMap((value) => [littleEndian(value), littleEndian(value + (1n << 255n))]);
}

function challenge(encodedR: Uint8Array, key: Uint8Array): bigint {
  const digest = sha512(concatBytes(encodedR, key, MESSAGE));
  return BigInt(`0x${toHex(digest.toReversed())}`) % ORDER;
}

function littleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, "0")).toReversed();
}
