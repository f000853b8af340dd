// How the keys of a channel follow one another. docs/protocol/secure-channels.md, "Rekeying".
import { concatBytes, zeroBytes } from "@ockam/codec";
import type { AeadKey, CryptoBackend } from "@ockam/vault";
import { MAX_NONCE } from "./replay-window.ts";

/** Every so many messages a direction's key is replaced by the next one, without any notice. */
export const REKEY_INTERVAL = 32;

/** Bytes of the nonce that precedes a message's ciphertext. */
export const NONCE_LENGTH = 8;

const EMPTY = new Uint8Array(0);
const ZEROS = new Uint8Array(32);
const REKEY_IV = Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255);

/** Turns key bytes into a key and overwrites them. */
export function importKey(backend: CryptoBackend, bytes: Uint8Array): AeadKey {
  const key = backend.aes256Gcm(bytes);
  zeroBytes(bytes);
  return key;
}

/** The key after `key`, which stays usable: 32 zero bytes encrypted under the reserved nonce 2^64 - 1, less the tag. */
export function rekey(backend: CryptoBackend, key: AeadKey): AeadKey {
  const sealed = concatBytes(...key.seal(REKEY_IV, EMPTY, [ZEROS]));
  const next = importKey(backend, sealed.slice(0, ZEROS.length));
  zeroBytes(sealed);
  return next;
}

/**
 * Which key opens the message with this nonce after `rekeys` replacements, or undefined when none at hand does:
 * one interval ahead and one behind are within reach.
 */
export function selectKey(
  nonce: number,
  rekeys: number,
  interval: number = REKEY_INTERVAL,
): "previous" | "current" | "next" | undefined {
  const start = rekeys * interval;
  if (nonce > MAX_NONCE || MAX_NONCE - start < interval) return undefined;
  if (nonce >= start + 2 * interval) return undefined;
  if (nonce >= start + interval) return "next";
  if (nonce >= start) return "current";
  return nonce >= start - interval ? "previous" : undefined;
}

/** The 12-byte AES-GCM nonce of message `nonce`; its last eight bytes are what travels before the ciphertext. */
export function ivOf(nonce: number): Uint8Array {
  const iv = new Uint8Array(4 + NONCE_LENGTH);
  const low = nonce % 0x1_0000_0000;
  const high = (nonce - low) / 0x1_0000_0000;
  iv[4] = high >>> 24;
  iv[5] = high >>> 16;
  iv[6] = high >>> 8;
  iv[7] = high;
  iv[8] = low >>> 24;
  iv[9] = low >>> 16;
  iv[10] = low >>> 8;
  iv[11] = low;
  return iv;
}

/** The nonce in eight bytes; exact up to {@link MAX_NONCE}, and beyond it at least greater than that. */
export function readNonce(bytes: Uint8Array): number {
  const high = bytes[0]! * 0x100_0000 + (bytes[1]! << 16) + (bytes[2]! << 8) + bytes[3]!;
  const low = bytes[4]! * 0x100_0000 + (bytes[5]! << 16) + (bytes[6]! << 8) + bytes[7]!;
  return high * 0x1_0000_0000 + low;
}
