/** Bytes of an Ed25519 seed, a P-256 scalar or an X25519 secret. */
export const SECRET_KEY_LENGTH = 32;

/** Bytes of an X25519 public key (RFC 7748 u-coordinate). */
export const X25519_PUBLIC_KEY_LENGTH = 32;

/** Bytes of an Ed25519 public key (RFC 8032 encoding). */
export const ED25519_PUBLIC_KEY_LENGTH = 32;

/** Bytes of a P-256 public key in the uncompressed SEC 1 form `04 ‖ X ‖ Y`. */
export const P256_PUBLIC_KEY_LENGTH = 65;

/** Bytes of a signature: `R ‖ S` of Ed25519, `r ‖ s` (big-endian) of ECDSA P-256. */
export const SIGNATURE_LENGTH = 64;

/** Bytes of an AES-256-GCM key. Shorter AES keys are refused. */
export const AEAD_KEY_LENGTH = 32;

/** Bytes of an AES-GCM nonce. */
export const AEAD_NONCE_LENGTH = 12;

/** Bytes of an AES-GCM tag, which ends every ciphertext. */
export const AEAD_TAG_LENGTH = 16;

/** Bytes of a SHA-256 digest or an HMAC-SHA256 code. */
export const SHA256_LENGTH = 32;

/** HKDF-SHA256 yields at most 255 digests of output (RFC 5869 § 2.3). */
export const MAX_HKDF_OUTPUT_LENGTH: number = 255 * SHA256_LENGTH;

/** The longest HKDF `info` that both backends take: OpenSSL as Node.js calls it takes no more. */
export const MAX_HKDF_INFO_LENGTH = 1024;

/**
 * The primitives that Ockam is built on, all synchronous: a secure channel seals every message with them. Two
 * implementations exist, {@link nodeBackend} and {@link nobleBackend}, and both give the same bytes for the same
 * input. Arguments of the wrong type or length are a TypeError or RangeError; the `verify` functions answer `false`
 * for whatever a peer may have sent. docs/protocol/vaults.md, "Algorithms".
 */
export interface CryptoBackend {
  /** Which implementation this is. */
  readonly name: "node" | "noble";
  /** `length` bytes of the platform's cryptographic random source. */
  randomBytes(length: number): Uint8Array;
  /** SHA-256 of the parts one after the other: 32 bytes (FIPS 180-4). */
  sha256(...data: readonly Uint8Array[]): Uint8Array;
  /** HMAC-SHA256 of the parts one after the other: 32 bytes (RFC 2104). */
  hmacSha256(key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array;
  /**
   * HKDF-SHA256 (RFC 5869).
   * @param length of the output in bytes, up to {@link MAX_HKDF_OUTPUT_LENGTH}.
   * @param info up to {@link MAX_HKDF_INFO_LENGTH} bytes.
   * @throws RangeError beyond these lengths.
   */
  hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** The X25519 public key of a 32-byte secret, which is clamped as RFC 7748 § 5 says. */
  x25519PublicKey(secret: Uint8Array): Uint8Array;
  /**
   * The X25519 shared secret, 32 bytes (RFC 7748 § 6.1). Non-canonical public keys are taken modulo the field prime.
   * @throws OckamError OCKAM_VAULT_LOW_ORDER_POINT when the result would be all zero: the peer sent a key that
   * makes the secret independent of ours.
   */
  x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /** The Ed25519 public key of a 32-byte seed (RFC 8032 § 5.1.5). */
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  /** The Ed25519 signature of `message`, 64 bytes (RFC 8032 § 5.1.6, without context or pre-hash). */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * Whether `signature` is by `publicKey`, by the cofactorless equation with the encoding of R compared as bytes and
   * S below the group order. `false` also for a key or R of small order, and for what is no point or of another length.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * The P-256 public key of a 32-byte big-endian scalar, in the 65-byte uncompressed form.
   * @throws OckamError OCKAM_VAULT_INVALID_SECRET_KEY for zero and for scalars not below the group order.
   */
  p256PublicKey(secret: Uint8Array): Uint8Array;
  /**
   * The ECDSA signature over SHA-256(message) as `r ‖ s`, deterministic as RFC 6979 with SHA-256, S left as it comes.
   * @throws OckamError OCKAM_VAULT_INVALID_SECRET_KEY as {@link p256PublicKey}.
   */
  p256Sign(secret: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * Whether `signature` (64 bytes) over SHA-256(message) is by `publicKey` (65 bytes). A high S is accepted. `false`
   * also for r or s out of range, keys off the curve, and anything of another length or form.
   */
  p256Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * A session key for AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags. `key` is copied.
   * @throws RangeError unless `key` has {@link AEAD_KEY_LENGTH} bytes.
   */
  aes256Gcm(key: Uint8Array): AeadKey;
}

/**
 * One AES-256-GCM key. Messages are gather lists: the pieces of a payload stay apart, so that nothing is copied
 * together on the way to a socket.
 */
export interface AeadKey {
  /**
   * Encrypts the pieces as one plaintext.
   * @param nonce 12 bytes, never used twice with this key: the caller counts.
   * @returns pieces of ciphertext, then the 16-byte tag as the last piece.
   * @throws RangeError for a nonce of another length; OckamError OCKAM_VAULT_KEY_DESTROYED.
   */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: readonly Uint8Array[]): readonly Uint8Array[];
  /**
   * Decrypts the pieces as one ciphertext that ends in the tag; pieces may be cut anywhere. Nothing of the plaintext
   * is released unless the tag fits.
   * @throws OckamError OCKAM_VAULT_DECRYPTION_FAILED, OCKAM_VAULT_KEY_DESTROYED; RangeError for a nonce of another
   * length.
   */
  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: readonly Uint8Array[]): readonly Uint8Array[];
  /** Overwrites the key with zeros where the platform lets us; later calls of `seal` and `open` fail. */
  destroy(): void;
}
