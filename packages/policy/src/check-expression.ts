// What every expression must be, wherever it comes from: text, bytes or a program.
import { OckamError } from "@ockam/codec";

import { MAX_POLICY_DEPTH, MAX_POLICY_LENGTH, MAX_POLICY_TERMS } from "./constants.ts";
import type { Expression } from "./expression.ts";
import { beginsWithOperator, MAX_INTEGER, MIN_INTEGER, OPERATORS } from "./expression.ts";
import { formatExpression } from "./format-expression.ts";
import { isPlainName } from "./identifier-name.ts";
import { POLICY_ERROR_CODES, tooLarge } from "./policy-error.ts";

/**
 * Checks a whole policy: its size, its names, its sequences, and that it begins with an operator. What passes can be
 * written as text and read back as the same.
 * @returns its full form.
 * @throws OckamError OCKAM_POLICY_TOO_LARGE, OCKAM_POLICY_INVALID_EXPRESSION
 */
export function checkExpression(expression: Expression): string {
  const terms = { count: 0 };
  checkTerm(expression, 0, terms);
  if (!beginsWithOperator(expression)) {
    throw invalid(`it must begin with an operation: ${OPERATORS.join(", ")}`);
  }
  const text = formatExpression(expression);
  if (text.length > MAX_POLICY_LENGTH) {
    throw tooLarge(`has ${text.length} characters in its full form`, MAX_POLICY_LENGTH, "split it");
  }
  return text;
}

/** Why these cannot be the items of one sequence: neighbours must be of one type, all the way down to a difference. */
export function checkSequence(items: readonly Expression[]): string | undefined {
  for (let i = 1; i < items.length; i++) {
    const [left, right] = [items[i - 1]!, items[i]!];
    if (compare(left, right) !== "mismatch") continue;
    return `${formatExpression(left)} and ${formatExpression(right)} are not of the same type`;
  }
  return undefined;
}

function checkTerm(expression: Expression, depth: number, terms: { count: number }): void {
  terms.count += 1;
  if (terms.count > MAX_POLICY_TERMS) {
    throw tooLarge(`has more than ${MAX_POLICY_TERMS} terms`, MAX_POLICY_TERMS, "split it");
  }
  switch (expression.kind) {
    case "identifier":
      if (!isPlainName(expression.name)) throw invalid(`"${expression.name}" cannot be an identifier`);
      return;
    case "integer":
      if (expression.value < MIN_INTEGER || expression.value > MAX_INTEGER) {
        throw invalid("an integer has more than 64 bits");
      }
      return;
    case "string":
      if (/\p{Cs}/u.test(expression.value)) throw invalid("a string has half of a character");
      return;
    case "list":
    case "sequence": {
      if (depth === MAX_POLICY_DEPTH) {
        throw tooLarge(
          "nests too deep",
          MAX_POLICY_DEPTH,
          "give (or …) or (member? …) more operands instead",
        );
      }
      for (const item of expression.items) checkTerm(item, depth + 1, terms);
      const mismatch = expression.kind === "sequence" ? checkSequence(expression.items) : undefined;
      if (mismatch !== undefined) throw invalid(mismatch);
      return;
    }
    default:
  }
}

function compare(left: Expression, right: Expression): "equal" | "different" | "mismatch" {
  if (left.kind !== right.kind) return "mismatch";
  if ("items" in left && "items" in right) {
    if (left.items.length !== right.items.length) return "different";
    for (const [index, item] of left.items.entries()) {
      const answer = compare(item, right.items[index]!);
      if (answer !== "equal") return answer;
    }
    return "equal";
  }
  if ("name" in left && "name" in right) return sameness(left.name === right.name);
  return sameness("value" in left && "value" in right && left.value === right.value);
}

function sameness(equal: boolean): "equal" | "different" {
  return equal ? "equal" : "different";
}

function invalid(reason: string): OckamError {
  return new OckamError(POLICY_ERROR_CODES.invalidExpression, `not a policy: ${reason}`);
}
