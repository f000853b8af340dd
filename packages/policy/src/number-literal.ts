// Numbers in the full form. docs/protocol/policies.md, "Tokens".
import type { Expression } from "./expression.ts";
import { MAX_INTEGER, MIN_INTEGER } from "./expression.ts";
import { excerpt } from "./policy-text.ts";

const INTEGER = /^([+-]?)(0x[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|[0-9]+(?:_[0-9]+)*)$/;
const FLOAT = /^[+-]?(?:[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)$/;
const INFINITE = /^([+-]?)inf$/;
const NOT_A_NUMBER = /^[+-]?nan(?::0x([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*))?$/;
const LOOKS_LIKE_NUMBER = /^[+-]?[0-9]/;
const MAX_NAN_PAYLOAD = 2n ** 64n - 1n;

// Decimal notation between these, exponents outside of them.
const SMALLEST_DECIMAL = 1e-4;
const SMALLEST_EXPONENTIAL = 1e16;

/** The number that `word` is, why it is none although it looks like one, or undefined for another word. */
export function readNumber(
  word: string,
): Expression | { readonly kind: "error"; readonly reason: string } | undefined {
  const integer = INTEGER.exec(word);
  if (integer !== null) return readInteger(integer[1] === "-", integer[2]!.replaceAll("_", ""));
  const infinite = INFINITE.exec(word);
  if (infinite !== null) return { kind: "float", value: infinite[1] === "-" ? -Infinity : Infinity };
  const notANumber = NOT_A_NUMBER.exec(word);
  if (notANumber !== null && hasPayload(notANumber[1])) return { kind: "float", value: Number.NaN };
  if (FLOAT.test(word)) return { kind: "float", value: Number(word) };
  if (!LOOKS_LIKE_NUMBER.test(word)) return undefined;
  return { kind: "error", reason: `\`${excerpt(word, "start")}\` is no number` };
}

/** A float as Rust's debug form writes it: the shortest digits that mean it, always with a point or an exponent. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "+inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const size = Math.abs(value);
  if (size < SMALLEST_DECIMAL || size >= SMALLEST_EXPONENTIAL)
    return value.toExponential().replace("e+", "e");
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}

function readInteger(negative: boolean, digits: string): ReturnType<typeof readNumber> {
  const size = BigInt(digits);
  const value = negative ? -size : size;
  if (value >= MIN_INTEGER && value <= MAX_INTEGER) return { kind: "integer", value };
  return { kind: "error", reason: "this integer has more than 64 bits" };
}

function hasPayload(digits: string | undefined): boolean {
  return digits === undefined || BigInt(`0x${digits.replaceAll("_", "")}`) <= MAX_NAN_PAYLOAD;
}
