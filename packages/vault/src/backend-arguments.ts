import { expectBytes } from "@ockam/codec";

import { AEAD_NONCE_LENGTH, MAX_HKDF_INFO_LENGTH, MAX_HKDF_OUTPUT_LENGTH } from "./backend.ts";

/** Checks what both backends must refuse alike. @throws TypeError, RangeError */
export function expectHkdfArguments(
  ikm: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): void {
  expectBytes(ikm, undefined, "ikm");
  expectBytes(salt, undefined, "salt");
  expectBytes(info, undefined, "info");
  if (info.length > MAX_HKDF_INFO_LENGTH) {
    throw new RangeError(`"info" expected at most ${MAX_HKDF_INFO_LENGTH} bytes, got length=${info.length}`);
  }
  if (!Number.isInteger(length) || length < 1 || length > MAX_HKDF_OUTPUT_LENGTH) {
    throw new RangeError(`"length" expected 1 to ${MAX_HKDF_OUTPUT_LENGTH}, got ${length}`);
  }
}

/** Checks a count of bytes to make. @throws RangeError */
export function expectLength(length: number): void {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new RangeError(`"length" expected a non-negative safe integer, got ${length}`);
  }
}

/** Checks a nonce, on the hot path. @throws RangeError */
export function expectNonce(nonce: Uint8Array): void {
  if (nonce.length !== AEAD_NONCE_LENGTH) {
    throw new RangeError(`"nonce" expected ${AEAD_NONCE_LENGTH} bytes, got length=${nonce.length}`);
  }
}
