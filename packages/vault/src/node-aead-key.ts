import { expectBytes, zeroBytes } from "@ockam/codec";

import { expectNonce } from "./backend-arguments.ts";
import { AEAD_KEY_LENGTH, AEAD_TAG_LENGTH } from "./backend.ts";
import type { AeadKey } from "./backend.ts";
import { splitTag } from "./gather-list.ts";
import type { NodeCrypto } from "./node-crypto.ts";
import { decryptionFailed, keyDestroyed } from "./vault-error.ts";

const ALGORITHM = "aes-256-gcm";
const OPTIONS = { authTagLength: AEAD_TAG_LENGTH } as const;

/**
 * An {@link AeadKey} by OpenSSL. It holds the key as bytes and not as a KeyObject: as quick for this cipher, and bytes
 * can be overwritten.
 */
export class NodeAeadKey implements AeadKey {
  readonly #crypto: NodeCrypto;
  readonly #key: Uint8Array;
  #destroyed = false;

  constructor(crypto: NodeCrypto, key: Uint8Array) {
    this.#crypto = crypto;
    this.#key = Uint8Array.from(expectBytes(key, AEAD_KEY_LENGTH, "key"));
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.#destroyed) throw keyDestroyed();
    expectNonce(nonce);
    const cipher = this.#crypto.createCipheriv(ALGORITHM, this.#key, nonce, OPTIONS);
    if (aad.length > 0) cipher.setAAD(aad);
    const pieces: Uint8Array[] = [];
    for (const piece of plaintext) if (piece.length > 0) pieces.push(plainBytes(cipher.update(piece)));
    cipher.final();
    pieces.push(plainBytes(cipher.getAuthTag()));
    return pieces;
  }

  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.#destroyed) throw keyDestroyed();
    expectNonce(nonce);
    const split = splitTag(ciphertext);
    if (split === undefined) throw decryptionFailed();
    const decipher = this.#crypto.createDecipheriv(ALGORITHM, this.#key, nonce, OPTIONS);
    if (aad.length > 0) decipher.setAAD(aad);
    decipher.setAuthTag(split.tag);
    // The decipher hands out plaintext before it has seen the tag fit: it stays in here until `final` agrees.
    const pieces: Uint8Array[] = [];
    for (const piece of split.body) pieces.push(plainBytes(decipher.update(piece)));
    try {
      decipher.final();
    } catch {
      zeroBytes(...pieces);
      throw decryptionFailed();
    }
    return pieces;
  }

  destroy(): void {
    this.#destroyed = true;
    zeroBytes(this.#key);
  }
}

/** The same memory as a plain Uint8Array: a Buffer behaves differently where it is sliced or printed. */
export function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
