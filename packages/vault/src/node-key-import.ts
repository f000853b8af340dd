import { equalBytes } from "@ockam/codec";

import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import type { NodeCrypto, NodeKey } from "./node-crypto.ts";

/** The two curves of RFC 7748 and RFC 8032 by their JSON Web Key names (RFC 8037). */
export type OkpCurve = "X25519" | "Ed25519";

// RFC 8410: everything of a PKCS #8 private key that precedes its 32 secret bytes.
const PKCS8_HEADS: Readonly<Record<OkpCurve, readonly number[]>> = {
  X25519: [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20],
  Ed25519: [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20],
};

/**
 * Makes OpenSSL keys of raw bytes. Public keys go by JSON Web Key, on Node.js 20 some ten times quicker than DER.
 * Private keys cost a scalar multiplication, so an X25519 secret that is used several times, as an ephemeral key is in
 * a handshake, is imported once: the key lives as long as the array that holds the secret.
 */
export class NodeKeyImport {
  readonly #crypto: NodeCrypto;
  readonly #privateJwk: boolean;
  readonly #exchangeKeys = new WeakMap<Uint8Array, { readonly digest: Uint8Array; readonly key: NodeKey }>();

  constructor(crypto: NodeCrypto) {
    this.#crypto = crypto;
    this.#privateJwk = takesPrivateJwk(crypto);
  }

  publicKey(curve: OkpCurve, bytes: Uint8Array): NodeKey {
    return this.#crypto.createPublicKey({
      key: { kty: "OKP", crv: curve, x: encodeBase64url(bytes) },
      format: "jwk",
    });
  }

  /** The raw public key of a private one. */
  publicBytes(privateKey: NodeKey): Uint8Array {
    const { x } = this.#crypto.createPublicKey(privateKey).export({ format: "jwk" });
    return decodeBase64url(x ?? "");
  }

  privateKey(curve: OkpCurve, secret: Uint8Array): NodeKey {
    if (this.#privateJwk) return importPrivateJwk(this.#crypto, curve, secret);
    const der = new Uint8Array(48);
    der.set(PKCS8_HEADS[curve]);
    der.set(secret, 16);
    const key = this.#crypto.createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    der.fill(0);
    return key;
  }

  /** As {@link privateKey} for X25519, remembered for as long as the array `secret` holds the same bytes. */
  exchangeKey(secret: Uint8Array): NodeKey {
    const digest = this.#crypto.createHash("sha256").update(secret).digest();
    const known = this.#exchangeKeys.get(secret);
    if (known !== undefined && equalBytes(known.digest, digest)) return known.key;
    const key = this.privateKey("X25519", secret);
    this.#exchangeKeys.set(secret, { digest, key });
    return key;
  }
}

// Node.js 20 imports a private JSON Web Key ten times quicker than DER, and ignores its public half, which we do not
// have. Later releases compare the halves; there DER costs the same.
function takesPrivateJwk(crypto: NodeCrypto): boolean {
  try {
    importPrivateJwk(crypto, "X25519", new Uint8Array(32).fill(1));
    return true;
  } catch {
    return false;
  }
}

function importPrivateJwk(crypto: NodeCrypto, curve: OkpCurve, secret: Uint8Array): NodeKey {
  const x = encodeBase64url(new Uint8Array(32));
  return crypto.createPrivateKey({
    key: { kty: "OKP", crv: curve, d: encodeBase64url(secret), x },
    format: "jwk",
  });
}
