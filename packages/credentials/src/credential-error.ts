import { OckamError } from "@ockam/codec";

/** The codes of the errors that this package throws. */
export const CREDENTIALS_ERROR_CODES = {
  /** A credential that is malformed, not signed by its issuer or about somebody else: its presenter's fault. */
  invalidCredential: "OCKAM_CREDENTIALS_INVALID_CREDENTIAL",
  /** A credential that was valid, and is no longer. */
  expired: "OCKAM_CREDENTIALS_EXPIRED",
  /** A credential of an issuer that is not among the accepted authorities. */
  unknownAuthority: "OCKAM_CREDENTIALS_UNKNOWN_AUTHORITY",
  /** Stored attributes that cannot be decoded: damage or tampering at home. */
  invalidAttributes: "OCKAM_CREDENTIALS_INVALID_ATTRIBUTES",
} as const;

/** A credential is refused: `reason` says which rule it breaks. */
export function invalidCredential(reason: string, cause?: unknown): OckamError {
  return new OckamError(CREDENTIALS_ERROR_CODES.invalidCredential, `invalid credential: ${reason}`, {
    cause,
  });
}
