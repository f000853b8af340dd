// What a policy is made of. docs/protocol/policies.md, "The full form".

/** A term of a policy. Numbers with and without a fraction are different types; integers have 64 bits. */
export type Expression =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "identifier"; readonly name: string }
  | { readonly kind: "sequence"; readonly items: readonly Expression[] }
  /** An operation: the operator, an identifier, then its operands. */
  | { readonly kind: "list"; readonly items: readonly Expression[] };

/** The operations, in the order in which messages name them. */
export const OPERATORS: readonly string[] = [
  "and",
  "or",
  "not",
  "if",
  "<",
  ">",
  "=",
  "!=",
  "member?",
  "exists?",
];

/** The smallest and the largest integer. */
export const MIN_INTEGER: bigint = -(2n ** 63n);
export const MAX_INTEGER: bigint = 2n ** 63n - 1n;

/** A string. */
export function string(value: string): Expression {
  return { kind: "string", value };
}

/** An identifier. */
export function identifier(name: string): Expression {
  return { kind: "identifier", name };
}

/** A list: an operation, when the first item is an operator. */
export function list(...items: readonly Expression[]): Expression {
  return { kind: "list", items };
}

/**
 * Whether a policy may be this expression: it begins with an operator, or is a list whose first item, or that one's
 * first, and so on, does.
 */
export function beginsWithOperator(expression: Expression): boolean {
  let first: Expression | undefined = expression;
  while (first?.kind === "list") first = first.items[0];
  return first?.kind === "identifier" && OPERATORS.includes(first.name);
}
