import { OckamError } from "@ockam/codec";

/** The codes of the errors that this package throws. */
export const POLICY_ERROR_CODES = {
  /** Text that is no policy. Details: `offset`, `line`, `column`, and `parsed` and `rest` where a part could be read. */
  invalidExpression: "OCKAM_POLICY_INVALID_EXPRESSION",
  /** Text that is a policy, but hardly the one that was meant: refused when asked to be strict. */
  misleading: "OCKAM_POLICY_MISLEADING",
  /** A policy beyond one of the limits. Details: `limit`. */
  tooLarge: "OCKAM_POLICY_TOO_LARGE",
  /** Bytes that are no encoded policy. */
  invalidEncoding: "OCKAM_POLICY_INVALID_ENCODING",
  /** An identifier that nothing is known about, such as an attribute that the subject does not have. */
  unbound: "OCKAM_POLICY_UNBOUND",
  /** A list that begins with an identifier that is no operation. */
  unknownOperation: "OCKAM_POLICY_UNKNOWN_OPERATION",
  /** An operand of a type that the operation does not take. */
  invalidType: "OCKAM_POLICY_INVALID_TYPE",
  /** A comparison of two values of different types. */
  typeMismatch: "OCKAM_POLICY_TYPE_MISMATCH",
  /** An operation with too few or too many operands. */
  malformed: "OCKAM_POLICY_MALFORMED",
} as const;

/** A policy exceeds `limit`; `advice` says how to say the same within it. */
export function tooLarge(what: string, limit: number, advice: string): OckamError {
  return new OckamError(
    POLICY_ERROR_CODES.tooLarge,
    `the policy ${what}, at most ${limit} are allowed: ${advice}`,
    {
      details: { limit },
    },
  );
}
