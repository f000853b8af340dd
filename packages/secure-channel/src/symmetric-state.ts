// The SymmetricState of Noise (revision 34, § 5.2) for 25519, AES-256-GCM and SHA-256.
import { concatBytes, encodeUtf8, zeroBytes } from "@ockam/codec";
import type { AeadKey, CryptoBackend } from "@ockam/vault";
import { channelError } from "./channel-error.ts";

/** Bytes of a SHA-256 digest, of a chaining key and of a cipher key. */
export const HASH_LENGTH = 32;
/** Bytes of an AES-256-GCM tag. */
export const TAG_LENGTH = 16;

const EMPTY = new Uint8Array(0);

/** The two cipher keys that end a handshake, 32 bytes each, in the order of the key derivation. */
export interface SplitKeys {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/** Chaining key, transcript hash and the current cipher key of one handshake. Holds secrets: {@link destroy} it. */
export class SymmetricState {
  readonly #backend: CryptoBackend;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #key: Uint8Array | undefined;
  #nonce = 0;
  #destroyed = false;

  private constructor(backend: CryptoBackend, chainingKey: Uint8Array, hash: Uint8Array) {
    this.#backend = backend;
    this.#chainingKey = chainingKey;
    this.#hash = hash;
  }

  /** InitializeSymmetric: a name of up to 32 bytes is padded with zeros, a longer one is hashed. */
  static initialize(backend: CryptoBackend, protocolName: string): SymmetricState {
    const name = encodeUtf8(protocolName);
    const hash = new Uint8Array(HASH_LENGTH);
    hash.set(name.length <= HASH_LENGTH ? name : backend.sha256(name));
    return new SymmetricState(backend, hash.slice(), hash);
  }

  /** A copy that can be worked on and thrown away, so that a bad message leaves the original as it was. */
  clone(): SymmetricState {
    this.#expectAlive();
    const copy = new SymmetricState(this.#backend, this.#chainingKey.slice(), this.#hash);
    copy.#key = this.#key?.slice();
    copy.#nonce = this.#nonce;
    return copy;
  }

  /** The transcript hash `h`, 32 bytes. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#backend.sha256(this.#hash, data);
  }

  /** Mixes a shared secret in, which is overwritten. */
  mixKey(sharedSecret: Uint8Array): void {
    const output = this.#backend.hkdfSha256(sharedSecret, this.#chainingKey, EMPTY, 2 * HASH_LENGTH);
    zeroBytes(sharedSecret, this.#chainingKey);
    if (this.#key !== undefined) zeroBytes(this.#key);
    this.#chainingKey = output.slice(0, HASH_LENGTH);
    this.#key = output.slice(HASH_LENGTH);
    this.#nonce = 0;
    zeroBytes(output);
  }

  /** Encrypts `plaintext` under the transcript once there is a key, and mixes the outcome. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#withKey(plaintext, (key, nonce) => key.seal(nonce, this.#hash, [plaintext]));
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /**
   * The reverse of {@link encryptAndHash}.
   * @throws OckamError of the vault when the tag does not fit; the state is of no use then.
   */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#withKey(ciphertext, (key, nonce) => key.open(nonce, this.#hash, [ciphertext]));
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** How many bytes encryption adds at this point: 0 without a key, 16 with one. */
  get overhead(): number {
    return this.#key === undefined ? 0 : TAG_LENGTH;
  }

  split(): SplitKeys {
    this.#expectAlive();
    const output = this.#backend.hkdfSha256(EMPTY, this.#chainingKey, EMPTY, 2 * HASH_LENGTH);
    const keys = { first: output.slice(0, HASH_LENGTH), second: output.slice(HASH_LENGTH) };
    zeroBytes(output);
    return keys;
  }

  /** Overwrites the secrets. */
  destroy(): void {
    this.#destroyed = true;
    zeroBytes(this.#chainingKey);
    if (this.#key !== undefined) zeroBytes(this.#key);
    this.#key = undefined;
  }

  /** Without its secrets a state would go on as if it had none yet, in the clear and with keys that anybody knows. */
  #expectAlive(): void {
    if (this.#destroyed) throw channelError("CLOSED", "the handshake was abandoned");
  }

  /** What `use` makes with the key and the next nonce; `unchanged` as long as there is no key. */
  #withKey(
    unchanged: Uint8Array,
    use: (key: AeadKey, nonce: Uint8Array) => readonly Uint8Array[],
  ): Uint8Array {
    this.#expectAlive();
    if (this.#key === undefined) return unchanged;
    const key = this.#backend.aes256Gcm(this.#key);
    try {
      const nonce = new Uint8Array(12);
      nonce[11] = this.#nonce; // a handshake uses a key for two messages at most
      this.#nonce += 1;
      return concatBytes(...use(key, nonce));
    } finally {
      key.destroy();
    }
  }
}
