import type { VerifyingKey } from "@ockam/vault";

/** What a purpose key is for: the static key of secure channels, or the key that signs credentials. */
export type Purpose = "secure-channel" | "credentials";

/** The form of a purpose's public key: 32 bytes of X25519, or a signing key. */
export type PurposePublicKey<P extends Purpose = Purpose> = P extends "secure-channel"
  ? Uint8Array
  : VerifyingKey;
