import { array, bigInt, boolean, constantFrom, double, letrec, oneof, string } from "fast-check";
import type { Arbitrary } from "fast-check";

import type { Expression } from "../src/expression.ts";
import { MAX_INTEGER, MIN_INTEGER, OPERATORS } from "../src/expression.ts";

const NAMES: readonly string[] = ["subject.a", "subject.b", "x", "flag", "seq", "missing", "and", "="];

// Few distinct values, so that they meet.
const atom: Arbitrary<Expression> = oneof(
  constantFrom("", "a", "ab", "\uffff", "\u{10000}").map((value): Expression => ({ kind: "string", value })),
  constantFrom(-1n, 0n, 1n, MAX_INTEGER).map((value): Expression => ({ kind: "integer", value })),
  constantFrom(0, -0, 1.5, Infinity, Number.NaN).map((value): Expression => ({ kind: "float", value })),
  boolean().map((value): Expression => ({ kind: "boolean", value })),
  constantFrom(...NAMES).map((name): Expression => ({ kind: "identifier", name })),
);

const knownOperator = constantFrom(...OPERATORS).map((name): Expression => ({ kind: "identifier", name }));
const operator = oneof(
  { weight: 10, arbitrary: knownOperator },
  { weight: 1, arbitrary: constantFrom<Expression>({ kind: "identifier", name: "foo" }) },
);

/** Expressions to be evaluated: often of the right types, often not. */
export const evaluable: Arbitrary<Expression> = letrec<{ term: Expression; operation: Expression }>(
  (tie) => ({
    term: oneof({ maxDepth: 4, withCrossShrink: true }, atom, tie("operation")),
    operation: array(tie("term"), { maxLength: 4 }).chain((items) =>
      oneof(
        {
          weight: 6,
          arbitrary: operator.map((head): Expression => ({ kind: "list", items: [head, ...items] })),
        },
        { weight: 1, arbitrary: constantFrom<Expression>({ kind: "list", items }) },
        { weight: 2, arbitrary: constantFrom<Expression>({ kind: "sequence", items }) },
      ),
    ),
  }),
).operation;

/** Policies with any strings and numbers, for writing and reading; sequences of strings only. */
export const writable: Arbitrary<Expression> = letrec<{ term: Expression; operation: Expression }>((tie) => ({
  term: oneof(
    { maxDepth: 4 },
    string({ unit: "binary", maxLength: 8 }).map((value): Expression => ({ kind: "string", value })),
    bigInt({ min: MIN_INTEGER, max: MAX_INTEGER }).map((value): Expression => ({ kind: "integer", value })),
    double().map((value): Expression => ({ kind: "float", value })),
    boolean().map((value): Expression => ({ kind: "boolean", value })),
    constantFrom("subject.a", "nan1", "true1", "a:b/c@d", "<=>", "*x+-.").map((name): Expression => ({
      kind: "identifier",
      name,
    })),
    array(string({ unit: "binary", maxLength: 3 }), { maxLength: 3 }).map((values): Expression => ({
      kind: "sequence",
      items: values.map((value): Expression => ({ kind: "string", value })),
    })),
    tie("operation"),
  ),
  operation: array(tie("term"), { maxLength: 4 }).chain((items) =>
    knownOperator.map((head): Expression => ({ kind: "list", items: [head, ...items] })),
  ),
})).operation;
