import type { KeyHandle } from "@ockam/vault";
import type { Purpose, PurposePublicKey } from "./purpose.ts";

/** A purpose key of an identity of one's own: the vault holds its secret. docs/protocol/identities.md, "Purpose keys". */
export interface PurposeKey<P extends Purpose = Purpose> {
  readonly purpose: P;
  /** Names the secret in the vault. */
  readonly handle: KeyHandle;
  readonly publicKey: PurposePublicKey<P>;
  /** What the identity's newest key signed about this key, encoded: to be presented to peers as it is. */
  readonly attestation: Uint8Array;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Seconds since 1970: the last second in which peers accept it. */
  readonly expiresAt: number;
}
