// The short notation of policies. docs/protocol/policies.md, "The boolean form".
import { identifier, list, string } from "./expression.ts";
import type { Expression } from "./expression.ts";

/** A policy in boolean form: names of attributes, joined by `and`, `or` and `not`. */
export type BooleanExpression =
  /** The attribute is `true`. */
  | { readonly kind: "name"; readonly name: string }
  /** The attribute has this value. */
  | { readonly kind: "value"; readonly name: string; readonly value: string }
  /** The subject is this one; the identifier as it was written. */
  | { readonly kind: "identifier"; readonly identifier: string }
  | { readonly kind: "or" | "and"; readonly left: BooleanExpression; readonly right: BooleanExpression }
  | { readonly kind: "not"; readonly operand: BooleanExpression };

/** The whole of a name in boolean form. */
export const BOOLEAN_NAME: RegExp = /^[A-Za-z_-][A-Za-z0-9._-]*$/;

/** A name that stands for the identity with this identifier. */
export const BOOLEAN_IDENTIFIER: RegExp = /^I[0-9a-fA-F]{64}$/;

/** The full form of a boolean form: what is stored and evaluated. */
export function toFullForm(expression: BooleanExpression): Expression {
  switch (expression.kind) {
    case "name":
      return subject(expression.name, "true");
    case "value":
      return subject(expression.name, expression.value);
    case "identifier":
      return subject("identifier", expression.identifier);
    case "not":
      return list(identifier("not"), toFullForm(expression.operand));
    default:
      return list(identifier(expression.kind), toFullForm(expression.left), toFullForm(expression.right));
  }
}

function subject(name: string, value: string): Expression {
  return list(identifier("="), identifier(`subject.${name}`), string(value));
}
