import { fromHex } from "@ockam/codec";

// The y-coordinates of the eight points whose order divides 8, and the two that have a second encoding (y + p), as
// 32 bytes without the sign of x.
const ENCODINGS: readonly Uint8Array[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].map(fromHex);

/**
 * Whether 32 bytes encode an Ed25519 point of small order. Signatures that nobody made with a secret can be had for
 * such a key, and no signer makes such an R. The OpenSSL of Node.js 26 refuses both and that of Node.js 20 takes both:
 * checked here, the answer depends on neither release nor backend.
 */
export function isSmallOrder(point: Uint8Array): boolean {
  return ENCODINGS.some((encoding) =>
    encoding.every((byte, index) => byte === (index === 31 ? point[index]! & 0x7f : point[index])),
  );
}
