import type { Expression } from "./expression.ts";
import { OPERATORS } from "./expression.ts";

/** What about a policy may surprise its author. */
export type PolicyWarningCode =
  /** `subject.x` in boolean form is the attribute `subject.x`, not `x`. */
  | "subject-prefix"
  /** `notary` is `not ary`, `a orb` is `a or b`. */
  | "glued-operator"
  /** `true`, `and`, `not`, … alone are names of attributes. */
  | "keyword-name"
  /** Identifiers are compared as text, and are lower-case there. */
  | "upper-case-identifier"
  /** A `)` that closes nothing. */
  | "stray-parenthesis"
  /** An operator where a value belongs. */
  | "operator-as-operand"
  /** A list that does not begin with an operator. */
  | "no-operation"
  /** A comparison of values whose types are known to differ. */
  | "type-mismatch";

/** One thing about a policy that may surprise its author: it is valid, but hardly what was meant. */
export interface PolicyWarning {
  readonly code: PolicyWarningCode;
  /** What the policy says, and how to say what was probably meant. */
  readonly message: string;
}

const COMPARISONS: readonly string[] = ["=", "!=", "<", ">"];
const HAS_CREDENTIAL = "subject.has_credential";

/** What may surprise in an expression in full form: parts whose evaluation is bound to fail, which denies. */
export function warningsOf(expression: Expression): readonly PolicyWarning[] {
  const warnings: PolicyWarning[] = [];
  collect(expression, warnings);
  return warnings;
}

function collect(expression: Expression, warnings: PolicyWarning[]): void {
  if (expression.kind === "sequence") for (const item of expression.items) operand(item, warnings);
  if (expression.kind !== "list" || expression.items.length === 0) return;
  const [head, ...operands] = expression.items;
  if (head?.kind !== "identifier" || !OPERATORS.includes(head.name)) {
    const message =
      head?.kind === "identifier"
        ? `"${head.name}" is no operation: this part of the policy always denies`
        : "a list without an operation at its beginning always denies; join its parts with (and …) or (or …)";
    warnings.push({ code: "no-operation", message });
  } else if (COMPARISONS.includes(head.name)) {
    compareTypes(operands, warnings);
  }
  if (head?.kind === "list") collect(head, warnings);
  for (const item of operands) operand(item, warnings);
}

function operand(expression: Expression, warnings: PolicyWarning[]): void {
  if (expression.kind === "identifier" && OPERATORS.includes(expression.name)) {
    warnings.push({
      code: "operator-as-operand",
      message: `"${expression.name}" stands where a value belongs: an operator comes first in its list, as in (= subject.role "member")`,
    });
  }
  collect(expression, warnings);
}

function compareTypes(operands: readonly Expression[], warnings: PolicyWarning[]): void {
  for (let i = 1; i < operands.length; i++) {
    const [left, right] = [operands[i - 1]!, operands[i]!];
    const [leftType, rightType] = [typeOf(left), typeOf(right)];
    if (leftType === undefined || rightType === undefined || leftType === rightType) continue;
    const names = [left, right].flatMap((side) => (side.kind === "identifier" ? [side.name] : []));
    warnings.push({
      code: "type-mismatch",
      message: `a comparison of ${leftType} with ${rightType} always denies${adviceAbout(names)}`,
    });
  }
}

function adviceAbout(names: readonly string[]): string {
  if (names.length === 0) return "";
  return names.includes(HAS_CREDENTIAL)
    ? `: ${HAS_CREDENTIAL} is true or false, without quotation marks`
    : ": attributes are strings, so write the value in quotation marks";
}

/** The type that an expression is known to have. */
function typeOf(expression: Expression): string | undefined {
  if (expression.kind === "list") return undefined;
  if (expression.kind !== "identifier") return expression.kind;
  if (expression.name === HAS_CREDENTIAL) return "boolean";
  return /^(?:subject\.|resource\.id$|action\.id$)/.test(expression.name) ? "string" : undefined;
}
