import { fromHex, isOckamError, toHex } from "@ockam/codec";
import { describe, expect, test } from "vitest";

import { environmentOf, observations, vectors } from "../testing/vectors.ts";
import { Policy } from "./policy.ts";
import { POLICY_ERROR_CODES } from "./policy-error.ts";
import type { Environment } from "./policy-value.ts";

const ERROR_CODES = {
  Unbound: POLICY_ERROR_CODES.unbound,
  Unknown: POLICY_ERROR_CODES.unknownOperation,
  InvalidType: POLICY_ERROR_CODES.invalidType,
  TypeMismatch: POLICY_ERROR_CODES.typeMismatch,
  Malformed: POLICY_ERROR_CODES.malformed,
};

describe("the vectors of the protocol", () => {
  const valid = vectors.vectors.filter((vector) => vector.expected !== "parse-error");
  const invalid = vectors.vectors.filter((vector) => vector.expected === "parse-error");

  test.each(valid)("$id: $description", ({ policy: text, environment, form, canonical, ...vector }) => {
    const policy = Policy.parse(text);
    expect(policy.form).toBe(form);
    expect(policy.toString()).toBe(canonical);
    const found = environmentOf(environment);
    expect(policy.allows(found)).toBe(vector.authorized);
    if (vector.error !== undefined) {
      expect(() => policy.evaluate(found)).toThrow(
        expect.objectContaining({ code: ERROR_CODES[vector.error] }),
      );
    } else if (vector.expected === "non-boolean") {
      expect(typeof policy.evaluate(found)).not.toBe("boolean");
    } else {
      expect(policy.evaluate(found)).toBe(vector.expected);
    }
  });

  test.each(invalid)("$id: $description", ({ policy }) => {
    expect(() => Policy.parse(policy)).toThrow(
      expect.objectContaining({ code: POLICY_ERROR_CODES.invalidExpression }),
    );
  });

  test.each(vectors.round_trip)("$text keeps its form", ({ text, canonical }) => {
    expect(String(Policy.parse(text))).toBe(canonical);
  });

  test.each(vectors.boolean_to_full)("$boolean in full", ({ boolean, full }) => {
    expect(String(Policy.parse(boolean, { form: "boolean" }))).toBe(full);
  });

  test.each(vectors.boolean_parse_errors)("%s is no boolean form", (text) => {
    expect(() => Policy.parse(text, { form: "boolean" })).toThrow(
      expect.objectContaining({ code: POLICY_ERROR_CODES.invalidExpression }),
    );
  });

  test.each(vectors.cbor)("$policy_expression is encoded", ({ policy_expression: text, hex }) => {
    const policy = Policy.parse(text);
    expect(toHex(policy.encode())).toBe(hex);
    const decoded = Policy.decode(fromHex(hex));
    expect(String(decoded)).toBe(String(policy));
    expect(decoded.form).toBe(policy.form);
  });
});

describe("ockam 0.150.0", () => {
  test.each(observations.full)("reads $text as we do", ({ text, full }) => {
    expect(fullFormOf(text)).toBe(full ?? POLICY_ERROR_CODES.invalidExpression);
  });

  test.each(observations.differences)("reads $text in another way", ({ text, rust, ours }) => {
    expect(fullFormOf(text)).toBe(ours);
    expect(rust).not.toBe(ours);
  });

  const environment: Environment = new Map([
    ["subject.identifier", `I${"ab".repeat(32)}`],
    ["resource.id", "outlet"],
    ["action.id", "handle_message"],
  ]);

  test.each(observations.decisions)("decides by $policy as we do", ({ policy, allowed }) => {
    expect(Policy.parse(policy).allows(environment)).toBe(allowed);
  });
});

/** The full form of a text, or the code of the error. */
function fullFormOf(text: string): string {
  try {
    return String(Policy.parse(text));
  } catch (error) {
    if (isOckamError(error)) return error.code;
    throw error;
  }
}
