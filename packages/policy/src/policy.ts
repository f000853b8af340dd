import { OckamError } from "@ockam/codec";

import { toFullForm } from "./boolean-expression.ts";
import type { BooleanExpression } from "./boolean-expression.ts";
import { parseBooleanForm } from "./boolean-parser.ts";
import { checkExpression } from "./check-expression.ts";
import { evaluate } from "./evaluate.ts";
import type { Expression } from "./expression.ts";
import { formatExpression } from "./format-expression.ts";
import { parseFullForm } from "./full-parser.ts";
import { decodePolicyExpression, encodePolicyExpression } from "./policy-codec.ts";
import { POLICY_ERROR_CODES } from "./policy-error.ts";
import { checkText, describeFailure, invalidExpression } from "./policy-text.ts";
import type { ParseFailure } from "./policy-text.ts";
import type { Environment, PolicyValue } from "./policy-value.ts";
import { warningsOf } from "./policy-warning.ts";
import type { PolicyWarning } from "./policy-warning.ts";

/** The two notations of a policy: names joined by `and`, `or`, `not`; and expressions in parentheses. */
export type PolicyForm = "boolean" | "full";

/** Options of {@link Policy.parse}. */
export interface PolicyParseOptions {
  /** The only notation to try. By default the boolean form is tried first, then the full form. */
  readonly form?: PolicyForm;
  /** Whether to refuse a policy that has warnings: right for what a person has just written. */
  readonly strict?: boolean;
}

/**
 * Who may: an expression over what is known of a subject, an action and a resource. Immutable.
 * docs/protocol/policies.md
 */
export class Policy {
  /** The policy in full form: what is evaluated. */
  readonly expression: Expression;
  /** How it was written. */
  readonly form: PolicyForm;
  /** What may surprise its author. */
  readonly warnings: readonly PolicyWarning[];
  readonly #boolean: BooleanExpression | undefined;
  readonly #text: string;

  private constructor(
    expression: Expression,
    boolean: BooleanExpression | undefined,
    warnings: readonly PolicyWarning[],
  ) {
    this.#text = checkExpression(expression);
    this.expression = expression;
    this.form = boolean === undefined ? "full" : "boolean";
    this.#boolean = boolean;
    this.warnings = boolean === undefined ? [...warnings, ...warningsOf(expression)] : warnings;
  }

  /**
   * Reads a policy in either notation. What {@link toString} wrote is best read with `form: "full"`.
   * @throws OckamError OCKAM_POLICY_INVALID_EXPRESSION, whose message says for each notation what could not be read, and
   * whose details point at the place; OCKAM_POLICY_MISLEADING for text that is full form, and boolean form once it is
   * stored, and, when strict, for every policy with warnings; OCKAM_POLICY_TOO_LARGE.
   */
  static parse(text: string, options: PolicyParseOptions = {}): Policy {
    checkText(text);
    const policy = Policy.#read(text, options.form);
    const [warning] = policy.warnings;
    if (options.strict === true && warning !== undefined) {
      throw misleading(warning.message, warning.code);
    }
    return policy;
  }

  /**
   * The policy of an expression that a program made.
   * @throws OckamError OCKAM_POLICY_INVALID_EXPRESSION, OCKAM_POLICY_TOO_LARGE
   */
  static of(expression: Expression): Policy {
    return new Policy(expression, undefined, []);
  }

  /** The policy of a boolean form that a program made. Throws as {@link of}. */
  static ofBoolean(expression: BooleanExpression): Policy {
    return new Policy(toFullForm(expression), expression, []);
  }

  /**
   * Decodes what {@link encode} made. Bytes after it are ignored.
   * @throws OckamError OCKAM_POLICY_INVALID_ENCODING, OCKAM_POLICY_INVALID_EXPRESSION, OCKAM_POLICY_TOO_LARGE
   */
  static decode(encoded: Uint8Array): Policy {
    const decoded = decodePolicyExpression(encoded);
    return "full" in decoded ? Policy.of(decoded.full) : Policy.ofBoolean(decoded.boolean);
  }

  /** The policy in CBOR, in the notation in which it was written. docs/protocol/policies.md, "Encoding". */
  encode(): Uint8Array {
    return encodePolicyExpression(
      this.#boolean === undefined ? { full: this.expression } : { boolean: this.#boolean },
    );
  }

  /**
   * What the expression comes to.
   * @throws OckamError OCKAM_POLICY_UNBOUND, OCKAM_POLICY_UNKNOWN_OPERATION, OCKAM_POLICY_INVALID_TYPE,
   * OCKAM_POLICY_TYPE_MISMATCH, OCKAM_POLICY_MALFORMED
   */
  evaluate(environment: Environment): PolicyValue {
    return evaluate(this.expression, environment);
  }

  /** Whether the policy allows: it comes to `true`, and to nothing else. An error denies. */
  allows(environment: Environment): boolean {
    try {
      return this.evaluate(environment) === true;
    } catch {
      return false;
    }
  }

  /** The full form: what is stored and shown. */
  toString(): string {
    return this.#text;
  }

  /** The full form: what JSON holds. */
  toJSON(): string {
    return this.#text;
  }

  static #read(text: string, form: PolicyForm | undefined): Policy {
    const failures: ParseFailure[] = [];
    if (form !== "full") {
      const boolean = parseBooleanForm(text);
      if ("expression" in boolean) {
        return new Policy(toFullForm(boolean.expression), boolean.expression, boolean.warnings);
      }
      failures.push(boolean);
    }
    if (form !== "boolean") {
      const full = parseFullForm(text);
      if ("expression" in full) {
        const policy = new Policy(full.expression, undefined, full.warnings);
        if (form === undefined) refuseAmbiguous(policy);
        return policy;
      }
      failures.push(full);
    }
    throw unreadable(text, failures);
  }
}

/** What holds for every type of resource until somebody says otherwise: any credential of the authority will do. */
export const DEFAULT_POLICY: Policy = Policy.parse("(= subject.has_credential true)");

/** Both notations failed: the message has both reasons, the place is the one that reading came furthest to. */
function unreadable(text: string, failures: readonly ParseFailure[]): OckamError {
  const [first, second] = failures;
  if (second === undefined) return invalidExpression(text, first!, describeFailure(text, first!));
  const furthest = second.offset > first!.offset ? { ...second, ...partsOf(first!) } : first!;
  const reasons = failures.map((failure) => ` - ${describeFailure(text, failure)}`);
  return invalidExpression(text, furthest, [NEITHER, ...reasons].join("\n"));
}

const NEITHER =
  "Cannot parse the expression as either a simple boolean expression or a full policy expression:";

function partsOf({ parts }: ParseFailure): Pick<ParseFailure, "parts"> {
  return parts === undefined ? {} : { parts };
}

/** Comments and `$` can hide from the boolean form what, once stored, it would read first and otherwise. */
function refuseAmbiguous(policy: Policy): void {
  const stored = policy.toString();
  const boolean = parseBooleanForm(stored);
  if (!("expression" in boolean)) return;
  const meaning = formatExpression(toFullForm(boolean.expression));
  throw misleading(
    `written as \`${stored}\`, this policy would be read as the boolean form of \`${meaning}\`; compare instead, as in (= subject.role "member")`,
    "boolean-form",
  );
}

function misleading(message: string, warning: string): OckamError {
  return new OckamError(POLICY_ERROR_CODES.misleading, message, { details: { warning } });
}
