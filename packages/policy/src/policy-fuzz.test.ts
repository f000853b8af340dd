import { isOckamError } from "@ockam/codec";
import { array, assert, constantFrom, nat, oneof, property, string, tuple, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";

import { writable } from "../testing/arbitrary-expression.ts";
import { environmentOf, TEXTS } from "../testing/vectors.ts";
import { Policy } from "./policy.ts";

const scale = Number(process.env["OCKAM_TEST_SCALE"] ?? 1);
const timeout = 20_000 * Math.max(1, scale);
const environment = environmentOf("seq");

const PIECES = [
  "(",
  ")",
  "[",
  "]",
  " ",
  '"',
  "\\",
  "=",
  "not",
  "and",
  "or ",
  "a",
  ".",
  "-",
  "1",
  "0x",
  "1.",
  "e5",
]
  .concat([
    "_",
    "$",
    "@",
    ";;",
    "(;",
    ";)",
    "'",
    "\n",
    "\u00e9",
    "\u0903",
    "\u1160",
    "true",
    "nan",
    "inf",
    "+",
    "?",
  ])
  .concat(["!", "<", ">", "subject.", "#", "\\u{41}", "\\n", 'x="y"', "\u202e", "\ud800", "\0", "\u{1f600}"]);

const mutated = tuple(
  constantFrom(...TEXTS),
  array(
    tuple(nat(), nat({ max: 1 }), oneof(constantFrom(...PIECES), string({ unit: "binary", maxLength: 2 }))),
    { minLength: 1, maxLength: 3 },
  ),
).map(([text, changes]) =>
  changes.reduce((changed, [place, removed, added]) => {
    const at = place % (changed.length + 1);
    return changed.slice(0, at) + added + changed.slice(at + removed);
  }, text),
);

describe("policies out of shape", () => {
  test("are read or refused, and what was read stays as it is", { timeout }, () => {
    let accepted = 0;
    assert(
      property(mutated, (text) => {
        const policy = parsed(text);
        if (policy === undefined) return;
        accepted += 1;
        expectStable(policy);
        expect([true, false]).toContain(policy.allows(environment));
      }),
      { numRuns: 10_000 * scale },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  test("in CBOR are read or refused", { timeout }, () => {
    const encoded = TEXTS.flatMap((text) => parsed(text)?.encode() ?? []);
    const damaged = tuple(
      constantFrom(...encoded),
      array(tuple(nat(), nat({ max: 255 })), { maxLength: 3 }),
      nat(),
    );
    assert(
      property(damaged, uint8Array({ maxLength: 3 }), ([bytes, changes, cut], tail) => {
        const changed = Uint8Array.of(...bytes, ...tail);
        for (const [place, value] of changes) changed[place % changed.length] = value;
        const end = cut % (2 * changed.length);
        const policy = typed(() => Policy.decode(changed.subarray(0, end)));
        if (policy === undefined) return;
        expect(String(Policy.parse(String(policy), { form: "full" }))).toBe(String(policy));
        expect(String(Policy.decode(policy.encode()))).toBe(String(policy));
      }),
      { numRuns: 5000 * scale },
    );
  });
});

describe("what is written", () => {
  test("is read back as the same, as text and in CBOR", { timeout }, () => {
    assert(
      property(writable, (expression) => {
        const policy = Policy.of(expression);
        const again = Policy.parse(String(policy), { form: "full" });
        expect(again.expression).toEqual(expression);
        expect(String(again)).toBe(String(policy));
        expect(Policy.decode(policy.encode()).expression).toEqual(expression);
      }),
      { numRuns: 2000 * scale },
    );
  });
});

/** The full form of a policy is read as the same policy, whichever notations are tried. */
function expectStable(policy: Policy): void {
  const text = String(policy);
  for (const again of [Policy.parse(text), Policy.parse(text, { form: "full" })]) {
    expect(again.form).toBe("full");
    expect(String(again)).toBe(text);
    expect(again.expression).toEqual(policy.expression);
  }
  const decoded = Policy.decode(policy.encode());
  expect(decoded.form).toBe(policy.form);
  expect(decoded.expression).toEqual(policy.expression);
}

function parsed(text: string): Policy | undefined {
  return typed(() => Policy.parse(text));
}

/** What `read` returns, or undefined when it throws an error of this package; other errors are passed on. */
function typed(read: () => Policy): Policy | undefined {
  try {
    return read();
  } catch (error) {
    if (isOckamError(error) && error.code.startsWith("OCKAM_POLICY_")) return undefined;
    throw error;
  }
}
