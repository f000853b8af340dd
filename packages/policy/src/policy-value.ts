// Values, and how they compare. docs/protocol/policies.md, "Values".
import { encodeUtf8, OckamError } from "@ockam/codec";

import { POLICY_ERROR_CODES } from "./policy-error.ts";

/**
 * A value of a policy: a string, an integer (`bigint`), a float (`number`), true or false, a sequence, or `null`, which
 * is what `()` comes to.
 */
export type PolicyValue = string | bigint | number | boolean | null | readonly PolicyValue[];

/** What identifiers stand for: what is known of subject, action and resource. */
export type Environment = ReadonlyMap<string, PolicyValue>;

/** How the first of two values stands to the second; NaN is unordered. */
type Order = "less" | "equal" | "greater" | "unordered";

/**
 * Whether two values are equal: sequences are when they have the same length and equal items.
 * @throws OckamError OCKAM_POLICY_TYPE_MISMATCH when they, or the first items that decide, differ in type.
 */
export function areEqual(left: PolicyValue, right: PolicyValue): boolean {
  return order(left, right) === "equal";
}

/**
 * Whether the first value comes before the second: strings by the bytes of their UTF-8, false before true, sequences by
 * length and then by their first difference.
 * @throws OckamError OCKAM_POLICY_TYPE_MISMATCH, as {@link areEqual}.
 */
export function isLess(left: PolicyValue, right: PolicyValue): boolean {
  return order(left, right) === "less";
}

/** The name of a value's type, for messages. */
export function typeName(value: PolicyValue): string {
  if (value === null) return "the empty list";
  if (typeof value === "object") return "a sequence";
  if (typeof value === "string") return "a string";
  if (typeof value === "boolean") return "a boolean";
  return typeof value === "bigint" ? "an integer" : "a float";
}

function order(left: PolicyValue, right: PolicyValue): Order {
  if (typeof left === "string" && typeof right === "string") return orderStrings(left, right);
  if (typeof left === "bigint" && typeof right === "bigint") return orderScalars(left, right);
  if (typeof left === "number" && typeof right === "number") return orderScalars(left, right);
  if (typeof left === "boolean" && typeof right === "boolean") return orderScalars(left, right);
  if (left === null && right === null) return "equal";
  if (isSequence(left) && isSequence(right)) return orderSequences(left, right);
  throw new OckamError(
    POLICY_ERROR_CODES.typeMismatch,
    `${typeName(left)} cannot be compared with ${typeName(right)}; attributes are strings`,
  );
}

function orderScalars<T extends bigint | number | boolean>(left: T, right: T): Order {
  if (left === right) return "equal";
  if (left < right) return "less";
  return left > right ? "greater" : "unordered";
}

/** By bytes: the order of UTF-16, which `<` compares, is another one beyond U+FFFF. */
function orderStrings(left: string, right: string): Order {
  if (left === right) return "equal";
  const [leftBytes, rightBytes] = [encodeUtf8(left), encodeUtf8(right)];
  const length = Math.min(leftBytes.length, rightBytes.length);
  for (let i = 0; i < length; i++) {
    if (leftBytes[i] !== rightBytes[i]) return orderScalars(leftBytes[i]!, rightBytes[i]!);
  }
  return orderScalars(leftBytes.length, rightBytes.length);
}

function orderSequences(left: readonly PolicyValue[], right: readonly PolicyValue[]): Order {
  if (left.length !== right.length) return orderScalars(left.length, right.length);
  for (const [index, item] of left.entries()) {
    const found = order(item, right[index]!);
    if (found !== "equal") return found;
  }
  return "equal";
}

function isSequence(value: PolicyValue): value is readonly PolicyValue[] {
  return Array.isArray(value);
}
