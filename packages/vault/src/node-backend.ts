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
import { encodeBase64url } from "./base64url.ts";
import { isSmallOrder } from "./ed25519-small-order.ts";
import { nobleBackend } from "./noble-backend.ts";
import { NodeAeadKey, plainBytes } from "./node-aead-key.ts";
import { loadNodeCrypto } from "./node-crypto.ts";
import type { NodeCrypto, NodeKey } from "./node-crypto.ts";
import { NodeKeyImport } from "./node-key-import.ts";
import { invalidSecretKey, lowOrderPoint } from "./vault-error.ts";

/**
 * The primitives of `node:crypto`, that is OpenSSL, or undefined where that module does not exist. It is looked up at
 * the time of the call, so that this package has no import that a browser or a bundler stumbles over.
 */
export function nodeBackend(): CryptoBackend | undefined {
  const crypto = loadNodeCrypto();
  return crypto === undefined ? undefined : new NodeBackend(crypto);
}

class NodeBackend implements CryptoBackend {
  readonly name = "node";
  readonly #crypto: NodeCrypto;
  readonly #keys: NodeKeyImport;

  constructor(crypto: NodeCrypto) {
    this.#crypto = crypto;
    this.#keys = new NodeKeyImport(crypto);
  }

  randomBytes(length: number): Uint8Array {
    expectLength(length);
    return this.#crypto.randomFillSync(new Uint8Array(length));
  }

  sha256(...data: readonly Uint8Array[]): Uint8Array {
    const hash = this.#crypto.createHash("sha256");
    for (const part of data) hash.update(part);
    return plainBytes(hash.digest());
  }

  hmacSha256(key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array {
    const hmac = this.#crypto.createHmac("sha256", expectBytes(key, undefined, "key"));
    for (const part of data) hmac.update(part);
    return plainBytes(hmac.digest());
  }

  hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
    expectHkdfArguments(ikm, salt, info, length);
    return new Uint8Array(this.#crypto.hkdfSync("sha256", ikm, salt, info, length));
  }

  x25519PublicKey(secret: Uint8Array): Uint8Array {
    expectBytes(secret, SECRET_KEY_LENGTH, "secret");
    return this.#keys.publicBytes(this.#keys.exchangeKey(secret));
  }

  x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
    expectBytes(secret, SECRET_KEY_LENGTH, "secret");
    expectBytes(publicKey, X25519_PUBLIC_KEY_LENGTH, "publicKey");
    const keys = {
      privateKey: this.#keys.exchangeKey(secret),
      publicKey: this.#keys.publicKey("X25519", publicKey),
    };
    try {
      return plainBytes(this.#crypto.diffieHellman(keys));
    } catch {
      // With two well-formed keys OpenSSL fails for one reason only: the all-zero secret.
      throw lowOrderPoint();
    }
  }

  ed25519PublicKey(seed: Uint8Array): Uint8Array {
    expectBytes(seed, SECRET_KEY_LENGTH, "seed");
    return this.#keys.publicBytes(this.#keys.privateKey("Ed25519", seed));
  }

  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
    expectBytes(seed, SECRET_KEY_LENGTH, "seed");
    expectBytes(message, undefined, "message");
    return plainBytes(this.#crypto.sign(null, message, this.#keys.privateKey("Ed25519", seed)));
  }

  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    expectBytes(message, undefined, "message");
    if (publicKey.length !== ED25519_PUBLIC_KEY_LENGTH || signature.length !== SIGNATURE_LENGTH) return false;
    if (isSmallOrder(publicKey) || isSmallOrder(signature)) return false;
    return this.#crypto.verify(null, message, this.#keys.publicKey("Ed25519", publicKey), signature);
  }

  p256PublicKey(secret: Uint8Array): Uint8Array {
    expectBytes(secret, SECRET_KEY_LENGTH, "secret");
    const exchange = this.#crypto.createECDH("prime256v1");
    try {
      exchange.setPrivateKey(secret);
    } catch (cause) {
      throw invalidSecretKey(cause);
    }
    return plainBytes(exchange.getPublicKey());
  }

  /** By noble: OpenSSL as Node.js offers it draws a random nonce, and signatures here are deterministic. */
  p256Sign(secret: Uint8Array, message: Uint8Array): Uint8Array {
    return nobleBackend().p256Sign(secret, message);
  }

  p256Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    expectBytes(message, undefined, "message");
    if (signature.length !== SIGNATURE_LENGTH) return false;
    const key = this.#p256Key(publicKey);
    if (key === undefined) return false;
    return this.#crypto.verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
  }

  aes256Gcm(key: Uint8Array): AeadKey {
    return new NodeAeadKey(this.#crypto, key);
  }

  #p256Key(publicKey: Uint8Array): NodeKey | undefined {
    if (publicKey.length !== P256_PUBLIC_KEY_LENGTH || publicKey[0] !== 0x04) return undefined;
    const x = encodeBase64url(publicKey.subarray(1, 33));
    const y = encodeBase64url(publicKey.subarray(33));
    try {
      return this.#crypto.createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
    } catch {
      return undefined; // not a point of the curve
    }
  }
}
