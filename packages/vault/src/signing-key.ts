import { OckamError } from "@ockam/codec";
import type { CborReader, CborWriter } from "@ockam/codec";

import { ED25519_PUBLIC_KEY_LENGTH, P256_PUBLIC_KEY_LENGTH, SIGNATURE_LENGTH } from "./backend.ts";

/** The two signature schemes: Ed25519 (RFC 8032), and ECDSA on P-256 with SHA-256 (FIPS 186-5). */
export type SigningKeyType = "ed25519" | "p256";

/** A public key that signatures are checked with: 32 bytes for `ed25519`, 65 (uncompressed) for `p256`. */
export interface VerifyingKey {
  readonly type: SigningKeyType;
  readonly bytes: Uint8Array;
}

/** A signature of 64 bytes: `R ‖ S` for `ed25519`, `r ‖ s` for `p256`. */
export interface Signature {
  readonly type: SigningKeyType;
  readonly bytes: Uint8Array;
}

// The position is the variant's number on the wire.
const TYPES: readonly SigningKeyType[] = ["ed25519", "p256"];
const PUBLIC_KEY_LENGTHS: Readonly<Record<SigningKeyType, number>> = {
  ed25519: ED25519_PUBLIC_KEY_LENGTH,
  p256: P256_PUBLIC_KEY_LENGTH,
};

/** Writes `[variant, [public key]]`. docs/protocol/vaults.md, "Encodings". */
export function writeVerifyingKey(writer: CborWriter, key: VerifyingKey): void {
  writer.variant(TYPES.indexOf(key.type)).array(1).bytes(key.bytes);
}

/**
 * Reads `[variant, [public key]]`; the bytes are a copy. The length is checked; whether they are a point of the curve
 * shows when a signature is verified.
 * @throws OckamError OCKAM_VAULT_UNKNOWN_KEY_TYPE, OCKAM_CODEC_INVALID_CBOR
 */
export function readVerifyingKey(reader: CborReader): VerifyingKey {
  const type = typeOf(reader.variant());
  return { type, bytes: readOnlyField(reader, "public key", PUBLIC_KEY_LENGTHS[type]) };
}

/** Writes `[variant, [signature]]`. docs/protocol/vaults.md, "Encodings". */
export function writeSignature(writer: CborWriter, signature: Signature): void {
  writer.variant(TYPES.indexOf(signature.type)).array(1).bytes(signature.bytes);
}

/**
 * Reads `[variant, [signature]]`; the bytes are a copy.
 * @throws OckamError OCKAM_VAULT_UNKNOWN_KEY_TYPE, OCKAM_CODEC_INVALID_CBOR
 */
export function readSignature(reader: CborReader): Signature {
  const type = typeOf(reader.variant());
  return { type, bytes: readOnlyField(reader, "signature", SIGNATURE_LENGTH) };
}

function readOnlyField(reader: CborReader, name: string, length: number): Uint8Array {
  const fields = reader.array();
  fields.need(name);
  // A copy: keys outlive the message they came in, which a view would keep in memory.
  const bytes = Uint8Array.from(reader.bytes(length));
  fields.end();
  return bytes;
}

function typeOf(variant: number): SigningKeyType {
  const type = TYPES[variant];
  if (type === undefined) {
    throw new OckamError(
      "OCKAM_VAULT_UNKNOWN_KEY_TYPE",
      `the key or signature is of type ${variant}, known are 0 (Ed25519) and 1 (ECDSA P-256)`,
    );
  }
  return type;
}
