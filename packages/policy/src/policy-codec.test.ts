import { fromHex, toHex } from "@ockam/codec";
import { describe, expect, test } from "vitest";

import { MAX_ENCODED_POLICY_LENGTH, MAX_POLICY_DEPTH, MAX_POLICY_TERMS } from "./constants.ts";
import { Policy } from "./policy.ts";
import { POLICY_ERROR_CODES } from "./policy-error.ts";

describe("an encoded policy", () => {
  // Written out by hand from docs/protocol/policies.md, "Encoding".
  test.each([
    ["(= 0 23 24)", "82008182078184820581613d82028100820281178202811818"],
    ["(= -1 -9223372036854775808)", "82008182078183820581613d820281208202813b7fffffffffffffff"],
    ["(= 9223372036854775807)", "82008182078182820581613d8202811b7fffffffffffffff"],
    ["(= 1.5 true)", "82008182078183820581613d820381fb3ff8000000000000820481f5"],
    ['(= ["x"] ())', "82008182078183820581613d82068181820181617882078180"],
    ["a=b", "82018182018261616162"],
    [`I${"ab".repeat(32)}`, `8201818202817841${toHex(new TextEncoder().encode(`I${"ab".repeat(32)}`))}`],
    ["a or b and not c", "820181820382820081616182048282008161628205818200816163"],
  ])("%s", (text, hex) => {
    expect(toHex(Policy.parse(text).encode())).toBe(hex);
    expect(String(Policy.decode(fromHex(hex)))).toBe(String(Policy.parse(text)));
  });

  test("may have a float of 32 bits, integers of any width, and more than we know", () => {
    expect(String(Policy.decode(fromHex("82008182078183820581613d820381fa3fc00000820381fa3fc00000")))).toBe(
      "(= 1.5 1.5)",
    );
    expect(String(Policy.decode(fromHex("82008182078183820581613d8202811900018202821a0000000105ff")))).toBe(
      "(= 1 1)",
    );
  });

  test.each([
    ["of another form", "82028182078182820581613d82028100"],
    ["with another term", "82008182088182820581613d82028100"],
    ["with a float of 16 bits", "82008182078182820581613d820381f93c00"],
    ["with an integer of 65 bits", "82008182078182820581613d8202813b8000000000000000"],
    ["with an integer that is text", "82008182078182820581613d8202816131"],
    ["with an identifier that is none", "82008182078182820581613d82058163612062"],
    ["that does not begin with an operation", "8200818205816161"],
    ["with a mixed sequence", "82008182078182820581613d82068182820281018201816161"],
    ["that is empty in boolean form", "820181820680"],
    ["with a name that is none", "820181820081622161"],
    ["with an identity that is none", "8201818202816149"],
    ["with a value missing", "8201818201816161"],
    ["cut off", "8200818207"],
    ["empty", ""],
  ])("%s is refused", (_, hex) => {
    expect(() => Policy.decode(fromHex(hex))).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^OCKAM_POLICY_INVALID_(ENCODING|EXPRESSION)$/),
      }),
    );
  });

  test("is bounded in length, depth and terms", () => {
    expect(Policy.decode(fromHex(nested(MAX_POLICY_DEPTH))).allows(new Map())).toBe(
      MAX_POLICY_DEPTH % 2 === 0,
    );
    for (const depth of [MAX_POLICY_DEPTH + 1, 10_000]) {
      expect(() => Policy.decode(fromHex(nested(depth)))).toThrow(
        expect.objectContaining({ code: POLICY_ERROR_CODES.invalidEncoding }),
      );
    }
    expect(Policy.decode(fromHex(negated(MAX_POLICY_DEPTH - 1))).form).toBe("boolean");
    for (const times of [MAX_POLICY_DEPTH, 100_000]) {
      expect(() => Policy.decode(fromHex(negated(times)))).toThrow(
        expect.objectContaining({
          code: expect.stringMatching(/^OCKAM_POLICY_(INVALID_ENCODING|TOO_LARGE)$/),
        }),
      );
    }
    const many = `8200818207819a0000${MAX_POLICY_TERMS.toString(16)}820581613d${"82028101".repeat(MAX_POLICY_TERMS - 1)}`;
    expect(() => Policy.decode(fromHex(many))).toThrow(
      expect.objectContaining({ code: POLICY_ERROR_CODES.tooLarge, details: { limit: MAX_POLICY_TERMS } }),
    );
    expect(() => Policy.decode(new Uint8Array(MAX_ENCODED_POLICY_LENGTH + 1))).toThrow(
      expect.objectContaining({
        code: POLICY_ERROR_CODES.tooLarge,
        details: { limit: MAX_ENCODED_POLICY_LENGTH },
      }),
    );
  });
});

function nested(depth: number): string {
  return `820081${"82078182820581636e6f74".repeat(depth)}820481f5`;
}

function negated(times: number): string {
  return `820181${"820581".repeat(times)}8200816161`;
}
