import { describe, expect, test } from "vitest";

import { MAX_POLICY_DEPTH, MAX_POLICY_LENGTH, MAX_POLICY_TERMS } from "./constants.ts";
import type { Expression } from "./expression.ts";
import { identifier, list, string } from "./expression.ts";
import { DEFAULT_POLICY, Policy } from "./policy.ts";
import type { PolicyForm } from "./policy.ts";
import { POLICY_ERROR_CODES } from "./policy-error.ts";

describe("an error", () => {
  test("tells what could be read, and where the trouble is", () => {
    expect(() => Policy.parse("component=web and role = member")).toThrow(
      expect.objectContaining({
        code: POLICY_ERROR_CODES.invalidExpression,
        message: expect.stringContaining(
          "successfully parsed: `component=web and role`, but ` = member` cannot be parsed",
        ),
        details: {
          offset: 22,
          line: 1,
          column: 23,
          parsed: "component=web and role",
          rest: " = member",
        },
      }),
    );
  });

  test.each([
    ["a and", 5, "expected a name"],
    ["a and b c", 7, 'expected "and" or "or"'],
    ["(a or b", 7, "expected"],
    ["postgres ", 8, "white space at the end"],
    ["a && b", 1, 'joined by "and"'],
    ["(a and b) or (c and d))", 22, "closes nothing"],
    ["component=", 9, "followed by a value"],
    ["(= 1 1", 6, "is not closed"],
    ["(and\n  (= subject.role 'member'))", 23, "double quotation marks"],
    ["(= 9223372036854775808 1)", 3, "more than 64 bits"],
    ["(= 1 0x1.8)", 5, "is no number"],
    ['(= "a\\x" 1)', 5, "an escape"],
    ['(= "a\tb" 1)', 5, "control character"],
    ['(= "abc)', 3, "does not end"],
    ["(= 1 (; 1)", 5, "does not end"],
    ["(= 1 {2})", 5, "no meaning here: `{`"],
    ["(= 1 \u00e9)", 5, "no meaning here: U+00E9"],
    ["(member? 1 [1 [2 3.0]])", 14, "2 and 3.0 are not of the same type"],
    ["(= 1 (foo))]", 11, "closes nothing"],
    ["(= 1 [1)", 7, "close the `[`"],
    ['(foo "x")', 4, "must be an operation"],
    ["[1]", 0, "must be an operation"],
    ["", 0, "empty expression value"],
    ['a="\u202e"', 3, "U+202E"],
    ["(= 1 1) \ud800", 8, "half of a character"],
  ])("in %j points to offset %i", (text, offset, reason) => {
    expect(() => Policy.parse(text)).toThrow(
      expect.objectContaining({
        code: POLICY_ERROR_CODES.invalidExpression,
        message: expect.stringContaining(reason),
        details: expect.objectContaining({ offset }),
      }),
    );
  });

  test("counts lines and columns", () => {
    expect(() => Policy.parse("(and\n  (= subject.role 'member'))")).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ line: 2, column: 19 }) }),
    );
  });

  test("has the reason of each notation that was tried, and no other", () => {
    expect(messageOf()).toContain(
      "Cannot parse the expression as either a simple boolean expression or a full policy expression:\n - ",
    );
    expect(messageOf("full")).toBe("OckamError: line 1, column 7: the `(` at character 1 is not closed");
    expect(messageOf("boolean")).toContain("expected a name");
    expect(messageOf("boolean")).not.toContain("closed");
  });

  test("about long text is short", () => {
    for (const text of [`(${"a ".repeat(5000)}`, "nota ".repeat(5000), `(= ${"1_".repeat(5000)})`]) {
      expect(() => Policy.parse(text)).toThrow(
        expect.objectContaining({ message: expect.stringMatching(/^[^]{50,1500}$/) }),
      );
    }
  });
});

describe("what may surprise", () => {
  const warned = [
    ["subject.role=member", "subject-prefix"],
    ["(not subject.admin)", "subject-prefix"],
    ["notary", "glued-operator"],
    ["not-admin", "glued-operator"],
    ["a orb", "glued-operator"],
    ["true", "keyword-name"],
    ["a and not", "keyword-name"],
    [`I${"AB".repeat(32)}`, "upper-case-identifier"],
    ["= 1 1)", "stray-parenthesis"],
    ['(= subject.role = "member")', "operator-as-operand"],
    ["(member? 1 [= <])", "operator-as-operand"],
    ["((= 1 1))", "no-operation"],
    ["(and (= 1 1) (has subject.role))", "no-operation"],
    ['(= subject.has_credential "true")', "type-mismatch"],
    ["(< subject.age 42)", "type-mismatch"],
    ['(!= 1 "1")', "type-mismatch"],
  ] as const;

  test.each(warned)("%s: %s", (text, code) => {
    expect(Policy.parse(text).warnings.map((warning) => warning.code)).toEqual(
      expect.arrayContaining([code]),
    );
    expect(() => Policy.parse(text, { strict: true })).toThrow(
      expect.objectContaining({
        code: POLICY_ERROR_CODES.misleading,
        details: expect.objectContaining({ warning: expect.any(String) }),
      }),
    );
  });

  test.each([
    "not a",
    "notary.x=y or android and orchid",
    "not (a or not b)",
    "component.db or component.web",
    `I${"ab".repeat(32)}`,
    '(and (= subject.a "x") (exists? subject.b) (member? subject.a ["a" "b"]) ())',
    "(= subject.has_credential true)",
    "(if (= 1 1) (= subject.a subject.b) (< 1 2))",
  ])("nothing about %s", (text) => {
    const expected = text.startsWith("notary") ? ["glued-operator"] : [];
    expect(Policy.parse(text).warnings.map((warning) => warning.code)).toEqual(expected);
  });

  test("a warning about a reading that was given up is given up, too", () => {
    // "not1" is first tried as `not` and a name.
    expect(Policy.parse("not1").warnings).toEqual([]);
  });

  test.each(["not a;;", "(not $a)", " and", "(; ;)not"])(
    "%j is refused: once stored it would be boolean form",
    (text) => {
      expect(() => Policy.parse(text)).toThrow(
        expect.objectContaining({ code: POLICY_ERROR_CODES.misleading }),
      );
      expect(Policy.parse(text, { form: "full" }).form).toBe("full");
    },
  );
});

describe("limits", () => {
  test("on the length of the text", () => {
    const padding = " ".repeat(MAX_POLICY_LENGTH - "(= 1 1)".length);
    expect(String(Policy.parse(`(= 1 1)${padding}`))).toBe("(= 1 1)");
    expect(() => Policy.parse(`(= 1 1)${padding} `)).toThrow(tooLarge(MAX_POLICY_LENGTH));
  });

  test("on the length of the full form: what is accepted can be read again", () => {
    const combining = "\u0301".repeat(9500);
    expect(() => Policy.parse(`(= "${combining}" "")`)).toThrow(tooLarge(MAX_POLICY_LENGTH));
  });

  test("on the depth of the full form", () => {
    expect(String(Policy.parse(nested(MAX_POLICY_DEPTH)))).toBe(nested(MAX_POLICY_DEPTH));
    expect(() => Policy.parse(nested(MAX_POLICY_DEPTH + 1))).toThrow(tooLarge(MAX_POLICY_DEPTH));
    expect(() => Policy.parse(`= ${"[".repeat(MAX_POLICY_LENGTH - 2)}`)).toThrow(tooLarge(MAX_POLICY_DEPTH));
  });

  test("on the depth of the boolean form", () => {
    for (const deepest of [joined(MAX_POLICY_DEPTH), negated(MAX_POLICY_DEPTH - 1)]) {
      const policy = Policy.parse(deepest);
      expect(String(Policy.parse(String(policy), { form: "full" }))).toBe(String(policy));
    }
    expect(Policy.parse(parenthesized(MAX_POLICY_DEPTH)).form).toBe("boolean");
    for (const text of [
      joined(MAX_POLICY_DEPTH + 1),
      negated(MAX_POLICY_DEPTH + 1),
      parenthesized(MAX_POLICY_DEPTH + 1),
      "(".repeat(MAX_POLICY_LENGTH),
      "not".repeat(MAX_POLICY_LENGTH / 4),
    ]) {
      expect(() => Policy.parse(text)).toThrow(tooLarge(MAX_POLICY_DEPTH));
    }
  });

  test("on the number of terms", () => {
    expect(Policy.parse(counting(MAX_POLICY_TERMS)).form).toBe("full");
    expect(() => Policy.parse(counting(MAX_POLICY_TERMS + 1))).toThrow(tooLarge(MAX_POLICY_TERMS));
  });

  test("on expressions that a program made", () => {
    let deep: Expression = string("");
    for (let depth = 0; depth <= MAX_POLICY_DEPTH; depth++) deep = list(identifier("and"), deep);
    expect(() => Policy.of(deep)).toThrow(tooLarge(MAX_POLICY_DEPTH));
  });
});

describe("a policy that a program made", () => {
  test("is one like any other", () => {
    const policy = Policy.of(list(identifier("="), identifier("subject.role"), string("member")));
    expect(JSON.stringify({ policy })).toBe(String.raw`{"policy":"(= subject.role \"member\")"}`);
    expect(policy.allows(new Map([["subject.role", "member"]]))).toBe(true);
    expect(String(Policy.ofBoolean({ kind: "not", operand: { kind: "name", name: "a" } }))).toBe(
      '(not (= subject.a "true"))',
    );
  });

  test.each<[string, Expression]>([
    ["an identifier with a blank", list(identifier("="), identifier("a b"))],
    ["an identifier that is a number", list(identifier("="), identifier("1"))],
    ["an identifier that is true", list(identifier("="), identifier("true"))],
    ["an identifier with a dollar in front", list(identifier("="), identifier("$a"))],
    ["an integer of 65 bits", list(identifier("="), { kind: "integer", value: 2n ** 63n })],
    ["half of a character", list(identifier("="), string("\ud800"))],
    ["a value alone", string("x")],
    ["no operation", list(identifier("foo"))],
    ["a mixed sequence", list(identifier("="), { kind: "sequence", items: [string("x"), identifier("y")] })],
  ])("with %s is refused", (_, expression) => {
    expect(() => Policy.of(expression)).toThrow(
      expect.objectContaining({ code: POLICY_ERROR_CODES.invalidExpression }),
    );
  });

  test("is not affected by names of an object's prototype", () => {
    expect(Policy.parse('(= constructor "x")').allows(new Map())).toBe(false);
    expect(Policy.parse("(exists? toString)").allows(new Map())).toBe(false);
  });
});

test("the default is any credential of the authority", () => {
  expect(String(DEFAULT_POLICY)).toBe("(= subject.has_credential true)");
});

function messageOf(form?: PolicyForm): string {
  try {
    return String(Policy.parse("(= 1 1", form === undefined ? {} : { form }));
  } catch (error) {
    return String(error);
  }
}

function tooLarge(limit: number): Error {
  return expect.objectContaining({ code: POLICY_ERROR_CODES.tooLarge, details: { limit } }) as Error;
}

function nested(depth: number): string {
  return `${"(and ".repeat(depth)}1${")".repeat(depth)}`;
}

function joined(names: number): string {
  return Array(names).fill("a").join(" or ");
}

function negated(times: number): string {
  return `${"not ".repeat(times)}a`;
}

function parenthesized(times: number): string {
  return `${"(".repeat(times)}a${")".repeat(times)}`;
}

/** A policy of so many terms, the list and its operator among them. */
function counting(terms: number): string {
  return `(=${" 1".repeat(terms - 2)})`;
}
