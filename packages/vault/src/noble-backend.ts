import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { expectBytes } from "@ockam/codec";

import { expectHkdfArguments, expectLength } from "./backend-arguments.ts";
import {
  ED25519_PUBLIC_KEY_LENGTH,
  P256_PUBLIC_KEY_LENGTH,
  SECRET_KEY_LENGTH,
  SIGNATURE_LENGTH,
  X25519_PUBLIC_KEY_LENGTH,
} from "./backend.ts";
import type { AeadKey, CryptoBackend } from "./backend.ts";
import { isSmallOrder } from "./ed25519-small-order.ts";
import { NobleAeadKey } from "./noble-aead-key.ts";
import { verifyCofactorless } from "./noble-ed25519.ts";
import { invalidSecretKey, lowOrderPoint } from "./vault-error.ts";

// `crypto.getRandomValues` refuses longer arrays.
const RANDOM_CHUNK_LENGTH = 65_536;

const ECDSA_OPTIONS = { lowS: false, prehash: true } as const;

/**
 * The primitives of the noble libraries: JavaScript alone, for every runtime that has `crypto.getRandomValues`. Its
 * AES-GCM is some fifty times slower than that of OpenSSL.
 */
export function nobleBackend(): CryptoBackend {
  return NOBLE_BACKEND;
}

const NOBLE_BACKEND: CryptoBackend = {
  name: "noble",

  randomBytes(length: number): Uint8Array {
    expectLength(length);
    const bytes = new Uint8Array(length);
    for (let start = 0; start < length; start += RANDOM_CHUNK_LENGTH) {
      globalThis.crypto.getRandomValues(bytes.subarray(start, start + RANDOM_CHUNK_LENGTH));
    }
    return bytes;
  },

  sha256(...data: readonly Uint8Array[]): Uint8Array {
    const hash = sha256.create();
    for (const part of data) hash.update(part);
    return hash.digest();
  },

  hmacSha256(key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array {
    const code = hmac.create(sha256, expectBytes(key, undefined, "key"));
    for (const part of data) code.update(part);
    return code.digest();
  },

  hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
    expectHkdfArguments(ikm, salt, info, length);
    return hkdf(sha256, ikm, salt, info, length);
  },

  x25519PublicKey(secret: Uint8Array): Uint8Array {
    return x25519.getPublicKey(expectBytes(secret, SECRET_KEY_LENGTH, "secret"));
  },

  x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
    expectBytes(secret, SECRET_KEY_LENGTH, "secret");
    expectBytes(publicKey, X25519_PUBLIC_KEY_LENGTH, "publicKey");
    try {
      return x25519.getSharedSecret(secret, publicKey);
    } catch {
      // With two well-formed keys noble fails for one reason only: a point of low order.
      throw lowOrderPoint();
    }
  },

  ed25519PublicKey(seed: Uint8Array): Uint8Array {
    return ed25519.getPublicKey(expectBytes(seed, SECRET_KEY_LENGTH, "seed"));
  },

  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
    expectBytes(seed, SECRET_KEY_LENGTH, "seed");
    return ed25519.sign(expectBytes(message, undefined, "message"), seed);
  },

  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    expectBytes(message, undefined, "message");
    if (publicKey.length !== ED25519_PUBLIC_KEY_LENGTH || signature.length !== SIGNATURE_LENGTH) return false;
    if (isSmallOrder(publicKey) || isSmallOrder(signature)) return false;
    return verifyCofactorless(publicKey, message, signature);
  },

  p256PublicKey(secret: Uint8Array): Uint8Array {
    return p256.getPublicKey(expectScalar(secret), false);
  },

  p256Sign(secret: Uint8Array, message: Uint8Array): Uint8Array {
    expectBytes(message, undefined, "message");
    return p256.sign(message, expectScalar(secret), ECDSA_OPTIONS);
  },

  p256Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    expectBytes(message, undefined, "message");
    if (signature.length !== SIGNATURE_LENGTH) return false;
    if (publicKey.length !== P256_PUBLIC_KEY_LENGTH || publicKey[0] !== 0x04) return false;
    try {
      return p256.verify(signature, message, publicKey, ECDSA_OPTIONS);
    } catch {
      return false; // not a point of the curve, or r or s out of range
    }
  },

  aes256Gcm(key: Uint8Array): AeadKey {
    return new NobleAeadKey(key);
  },
};

function expectScalar(secret: Uint8Array): Uint8Array {
  expectBytes(secret, SECRET_KEY_LENGTH, "secret");
  if (!p256.utils.isValidSecretKey(secret)) throw invalidSecretKey();
  return secret;
}
