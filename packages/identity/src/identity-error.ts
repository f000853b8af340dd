import { OckamError } from "@ockam/codec";

/** The codes of the errors that this package throws. */
export const IDENTITY_ERROR_CODES = {
  /** Text that is no identifier. */
  invalidIdentifier: "OCKAM_IDENTITY_INVALID_IDENTIFIER",
  /** A change history that is malformed, too long, or whose hashes or signatures do not fit: its sender's fault. */
  invalidHistory: "OCKAM_IDENTITY_INVALID_HISTORY",
  /** A valid history of another identifier than the expected one. */
  unexpected: "OCKAM_IDENTITY_UNEXPECTED",
  /** A valid history that is shorter than the known one: an old key, or an old backup. */
  rollback: "OCKAM_IDENTITY_ROLLBACK",
  /** A valid history that contradicts the known one: somebody signed two successors of one change. */
  fork: "OCKAM_IDENTITY_FORK",
  /** No history of that identifier is stored. */
  notFound: "OCKAM_IDENTITY_NOT_FOUND",
  /** What the storage returned does not verify: damage or tampering at home. */
  corruptStorage: "OCKAM_IDENTITY_CORRUPT_STORAGE",
  /** The vault does not hold the secret that the operation needs. */
  keyNotFound: "OCKAM_IDENTITY_KEY_NOT_FOUND",
  /** The identity's own key may not sign at this time: rotate, or correct the clock. */
  keyNotValid: "OCKAM_IDENTITY_KEY_NOT_VALID",
  /** The history has reached its limit and takes no further rotation. */
  tooManyChanges: "OCKAM_IDENTITY_TOO_MANY_CHANGES",
  /** A purpose key attestation that is malformed, expired, or not signed by its subject's newest key. */
  invalidAttestation: "OCKAM_IDENTITY_INVALID_ATTESTATION",
} as const;

/** A history of a peer is refused: `reason` says which rule it breaks. */
export function invalidHistory(reason: string, cause?: unknown): OckamError {
  return new OckamError(IDENTITY_ERROR_CODES.invalidHistory, `invalid change history: ${reason}`, { cause });
}

/** An attestation is refused: `reason` says which rule it breaks. */
export function invalidAttestation(reason: string, cause?: unknown): OckamError {
  return new OckamError(
    IDENTITY_ERROR_CODES.invalidAttestation,
    `invalid purpose key attestation: ${reason}`,
    { cause },
  );
}
