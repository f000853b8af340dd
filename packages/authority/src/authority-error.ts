import { OckamError } from "@ockam/codec";
import type { ErrorDetails } from "@ockam/codec";

/** Codes of this package's errors. */
export const AUTHORITY_ERROR_CODES = {
  /** The authority says no: the caller may not, or the code is not good. */
  refused: "OCKAM_AUTHORITY_REFUSED",
  /** The authority does not have what was asked for. */
  notFound: "OCKAM_AUTHORITY_NOT_FOUND",
  /** The authority could not do it. */
  failed: "OCKAM_AUTHORITY_FAILED",
  /** The authority did not answer in time, or is not there. */
  unanswered: "OCKAM_AUTHORITY_UNANSWERED",
  /** The peer's message breaks the protocol. */
  invalidMessage: "OCKAM_AUTHORITY_INVALID_MESSAGE",
} as const;

/** A code of this package. */
export type AuthorityErrorCode = (typeof AUTHORITY_ERROR_CODES)[keyof typeof AUTHORITY_ERROR_CODES];

/** An error of this package. */
export function authorityError(
  code: AuthorityErrorCode,
  message: string,
  options: { readonly cause?: unknown; readonly details?: ErrorDetails } = {},
): OckamError {
  return new OckamError(code, message, options);
}

/** The error for a message that cannot be read. */
export function invalidMessage(what: string, cause?: unknown): OckamError {
  return authorityError(AUTHORITY_ERROR_CODES.invalidMessage, `the peer sent ${what}`, { cause });
}
