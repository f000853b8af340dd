import { isOckamError } from "@ockam/codec";
import { assert, constantFrom, property, record } from "fast-check";
import { describe, expect, test } from "vitest";

import { evaluable } from "../testing/arbitrary-expression.ts";
import { referenceOutcome } from "../testing/reference-evaluator.ts";
import type { Outcome } from "../testing/reference-evaluator.ts";
import { evaluate } from "./evaluate.ts";
import type { Expression } from "./expression.ts";
import { Policy } from "./policy.ts";
import type { Environment, PolicyValue } from "./policy-value.ts";

const scale = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);

describe("evaluation", () => {
  test("agrees with a stack machine", { timeout: 20_000 * Math.max(1, scale) }, () => {
    const values = constantFrom<PolicyValue>("a", "", 0n, 1.5, true, false, null, ["a"], [1n, 2n], []);
    const environments = record({ a: values, b: values, x: values, flag: values, seq: values });
    const seen = new Map<string, number>();
    assert(
      property(evaluable, environments, (expression, { a, b, x, flag, seq }) => {
        const environment = new Map<string, PolicyValue>([
          ["subject.a", a],
          ["subject.b", b],
          ["x", x],
          ["flag", flag],
          ["seq", seq],
        ]);
        const expected = referenceOutcome(expression, environment);
        expect(outcomeOf(expression, environment)).toEqual(expected);
        const kind = "error" in expected ? expected.error : typeof expected.value;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }),
      { numRuns: 5000 * scale },
    );
    // Every kind of outcome was met.
    expect([...seen.keys()].sort()).toEqual(
      expect.arrayContaining([
        "INVALID_TYPE",
        "MALFORMED",
        "TYPE_MISMATCH",
        "UNBOUND",
        "UNKNOWN_OPERATION",
        "boolean",
        "object",
      ]),
    );
  });

  test("strings are ordered by their UTF-8 bytes, not by their UTF-16 units", () => {
    expect(["\u{10000}", "\uffff"].toSorted()).toEqual(["\u{10000}", "\uffff"]);
    expect(Policy.parse(String.raw`(< "\u{ffff}" "\u{10000}")`).allows(new Map())).toBe(true);
    expect(Policy.parse('(< "a" "aa" "b")').allows(new Map())).toBe(true);
  });

  test("an operand that is not reached does not matter, one that is does", () => {
    expect(allows('(or (= 1 1) (= subject.missing "x"))')).toBe(true);
    expect(allows('(or (= subject.missing "x") (= 1 1))')).toBe(false);
    expect(allows('(not (= subject.missing "x"))')).toBe(false);
    expect(allows("(not (exists? subject.missing))")).toBe(true);
  });

  test("only true allows", () => {
    const environment: Environment = new Map<string, PolicyValue>([["text", "true"]]);
    for (const text of ["(and text)", "(and 1)", "(or ())", "(and [1])", "(if (= 1 1) text text)"]) {
      const policy = Policy.parse(text, { form: "full" });
      expect(policy.evaluate(environment)).not.toBe(true);
      expect(policy.allows(environment)).toBe(false);
    }
  });

  test("an unknown identifier is named", () => {
    expect(() => Policy.parse("role=member").evaluate(new Map())).toThrow(
      expect.objectContaining({ details: { identifier: "subject.role" } }),
    );
  });
});

function allows(text: string): boolean {
  return Policy.parse(text).allows(new Map());
}

function outcomeOf(expression: Expression, environment: Environment): Outcome {
  try {
    return { value: evaluate(expression, environment) };
  } catch (error) {
    if (isOckamError(error)) return { error: error.code.replace("OCKAM_POLICY_", "") };
    throw error;
  }
}
