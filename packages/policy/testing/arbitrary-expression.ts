import { bigInt, boolean, constantFrom, double, letrec, oneof, string } from "fast-check";
import type { Arbitrary } from "fast-check";
import { array } from "fast-check";

import type { Expression } from "../src/expression.ts";
import { MAX_INTEGER, MIN_INTEGER, OPERATORS } from "../src/expression.ts";

/** Names that an environment of {@link ENVIRONMENT} may or may not have. */
export const NAMES: readonly string[] = ["subject.a", "subject.b", "x", "flag", "seq", "missing", "and", "="];

// Few distinct values, so that they meet.
const atom: Arbitrary<Expression> = oneof(
  constantFrom("", "a", "ab", "\uffff", "\u{10000}").map((value): Expression => ({ kind: "string", value })),
  constantFrom(-1n, 0n, 1n, MAX_INTEGER).map((value): Expression => ({ kind: "integer", value })),
  constantFrom(0, -0, 1.5, Infinity, Number.NaN).map((value): Expression => ({ kind: "float", value })),
  boolean().map((value): Expression => ({ kind: "boolean", value })),
  constantFrom(...NAMES).map((name): Expression => ({ kind: "identifier", name })),
);

const operator = constantFrom(...OPERATORS, "foo").map((name): Expression => ({ kind: "identifier", name }));

/** Expressions to be evaluated: often of the right types, often not. */
export const evaluable: Arbitrary<Expression> = letrec<{ term: Expression; operation: Expression }>(
  (tie) => ({
    term: oneof({ maxDepth: 4, withCrossShrink: true }, atom, tie("operation")),
    operation: oneof(
      { weight: 6, arbitrary: array(tie("term"), { maxLength: 4 }).map((items) => items) },
      { weight: 1, arbitrary: array(tie("term"), { maxLength: 3 }) },
    ).chain((items) =>
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

/** Terms with any strings and numbers, for writing and reading; sequences of strings only. */
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
    operator.map((head): Expression => ({ kind: "list", items: [head, ...items] })),
  ),
})).operation.filter(
  (expression) =>
    expression.kind === "list" &&
    expression.items[0]?.kind === "identifier" &&
    expression.items[0].name !== "foo",
);
