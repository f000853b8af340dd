import { OckamError } from "@ockam/codec";

/** The tag of a ciphertext does not fit its key, nonce, associated data and content. */
export function decryptionFailed(): OckamError {
  return new OckamError(
    "OCKAM_VAULT_DECRYPTION_FAILED",
    "the ciphertext was altered, or was sealed with another key, nonce or associated data",
  );
}

/** An AEAD key is used after `destroy`. */
export function keyDestroyed(): OckamError {
  return new OckamError("OCKAM_VAULT_KEY_DESTROYED", "the key was destroyed: derive a new one");
}

/** X25519 gave the all-zero secret. */
export function lowOrderPoint(): OckamError {
  return new OckamError(
    "OCKAM_VAULT_LOW_ORDER_POINT",
    "the public key is of low order and would make the shared secret zero: refuse the peer that sent it",
  );
}

/** A P-256 scalar is zero or not below the group order. */
export function invalidSecretKey(cause?: unknown): OckamError {
  return new OckamError(
    "OCKAM_VAULT_INVALID_SECRET_KEY",
    "a P-256 secret key is a number from 1 to the group order minus 1: generate another one",
    { cause },
  );
}

/** A vault does not hold the secret of a handle. */
export function keyNotFound(handle: string): OckamError {
  return new OckamError(
    "OCKAM_VAULT_KEY_NOT_FOUND",
    `the vault holds no secret key for the handle ${handle}: import or generate it first`,
  );
}
