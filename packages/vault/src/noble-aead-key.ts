import { gcm } from "@noble/ciphers/aes.js";
import { concatBytes, expectBytes, zeroBytes } from "@ockam/codec";

import { expectNonce } from "./backend-arguments.ts";
import { AEAD_KEY_LENGTH, AEAD_TAG_LENGTH } from "./backend.ts";
import type { AeadKey } from "./backend.ts";
import { decryptionFailed, keyDestroyed } from "./vault-error.ts";

/** An {@link AeadKey} in JavaScript. The cipher works on whole messages, so the pieces are joined. */
export class NobleAeadKey implements AeadKey {
  readonly #key: Uint8Array;
  #destroyed = false;

  constructor(key: Uint8Array) {
    this.#key = Uint8Array.from(expectBytes(key, AEAD_KEY_LENGTH, "key"));
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.#destroyed) throw keyDestroyed();
    expectNonce(nonce);
    const sealed = gcm(this.#key, nonce, aad).encrypt(joined(plaintext));
    const length = sealed.length - AEAD_TAG_LENGTH;
    return length === 0 ? [sealed] : [sealed.subarray(0, length), sealed.subarray(length)];
  }

  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.#destroyed) throw keyDestroyed();
    expectNonce(nonce);
    const whole = joined(ciphertext);
    if (whole.length < AEAD_TAG_LENGTH) throw decryptionFailed();
    const cipher = gcm(this.#key, nonce, aad);
    try {
      const opened = cipher.decrypt(whole);
      return opened.length === 0 ? [] : [opened];
    } catch {
      throw decryptionFailed();
    }
  }

  destroy(): void {
    this.#destroyed = true;
    zeroBytes(this.#key);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : concatBytes(...pieces);
}
