// Policies in CBOR. docs/protocol/policies.md, "Encoding".
import { CborReader, CborWriter, concatBytes, isOckamError, OckamError } from "@ockam/codec";

import { BOOLEAN_IDENTIFIER, BOOLEAN_NAME } from "./boolean-expression.ts";
import type { BooleanExpression } from "./boolean-expression.ts";
import { MAX_ENCODED_POLICY_LENGTH, MAX_POLICY_DEPTH } from "./constants.ts";
import type { Expression } from "./expression.ts";
import { POLICY_ERROR_CODES, tooLarge } from "./policy-error.ts";

/** A policy in the notation in which it was written. */
export type PolicyExpression = { readonly full: Expression } | { readonly boolean: BooleanExpression };

const FORM = { full: 0, boolean: 1 } as const;
const TERM = { string: 1, integer: 2, float: 3, boolean: 4, identifier: 5, sequence: 6, list: 7 } as const;
const BOOLEAN = { name: 0, value: 1, identifier: 2, or: 3, and: 4, not: 5 } as const;

// Arrays around one another: the fields of a list and its items; around them the policy's field, within them a value's.
const MAX_LEVELS = 2 * MAX_POLICY_DEPTH + 2;

/** Encodes `[0, [Expr]]` or `[1, [BooleanExpr]]`. */
export function encodePolicyExpression(policy: PolicyExpression): Uint8Array {
  const writer = new CborWriter();
  if ("full" in policy) {
    writer.variant(FORM.full).array(1);
    writeExpression(writer, policy.full);
  } else {
    writer.variant(FORM.boolean).array(1);
    writeBoolean(writer, policy.boolean);
  }
  return writer.finish();
}

/**
 * Decodes what {@link encodePolicyExpression} made; whether it is a policy is for `Policy.of` to decide.
 * @throws OckamError OCKAM_POLICY_INVALID_ENCODING, OCKAM_POLICY_TOO_LARGE
 */
export function decodePolicyExpression(encoded: Uint8Array): PolicyExpression {
  if (encoded.length > MAX_ENCODED_POLICY_LENGTH) {
    throw tooLarge(`has ${encoded.length} encoded bytes`, MAX_ENCODED_POLICY_LENGTH, "split it");
  }
  const reader = new CborReader(encoded, { maxDepth: MAX_LEVELS });
  try {
    const form = reader.variant();
    if (form !== FORM.full && form !== FORM.boolean) throw invalid(`there is no form ${form}`);
    return form === FORM.full
      ? { full: only(reader, () => readExpression(reader)) }
      : { boolean: only(reader, () => readBoolean(reader)) };
  } catch (error) {
    if (!isOckamError(error) || !error.code.startsWith("OCKAM_CODEC_")) throw error;
    throw invalid("it cannot be decoded", error);
  }
}

function writeExpression(writer: CborWriter, expression: Expression): void {
  writer.variant(TERM[expression.kind]).array(1);
  switch (expression.kind) {
    case "string":
      writer.text(expression.value);
      break;
    case "identifier":
      writer.text(expression.name);
      break;
    case "boolean":
      writer.bool(expression.value);
      break;
    case "integer":
      writer.raw(encodeInteger(expression.value));
      break;
    case "float":
      writer.raw(encodeFloat(expression.value));
      break;
    default:
      writer.array(expression.items.length);
      for (const item of expression.items) writeExpression(writer, item);
  }
}

function readExpression(reader: CborReader): Expression {
  const kind = reader.variant();
  return only(reader, (): Expression => {
    switch (kind) {
      case TERM.string:
        return { kind: "string", value: reader.text() };
      case TERM.integer:
        return { kind: "integer", value: decodeInteger(reader.raw()) };
      case TERM.float:
        return { kind: "float", value: decodeFloat(reader.raw()) };
      case TERM.boolean:
        return { kind: "boolean", value: reader.bool() };
      case TERM.identifier:
        return { kind: "identifier", name: reader.text() };
      case TERM.sequence:
        return { kind: "sequence", items: readAll(reader) };
      case TERM.list:
        return { kind: "list", items: readAll(reader) };
      default:
        throw invalid(`there is no term ${kind}`);
    }
  });
}

function readAll(reader: CborReader): readonly Expression[] {
  const items: Expression[] = [];
  const array = reader.array();
  while (array.next()) items.push(readExpression(reader));
  array.end();
  return items;
}

function writeBoolean(writer: CborWriter, expression: BooleanExpression): void {
  writer.variant(BOOLEAN[expression.kind]);
  switch (expression.kind) {
    case "name":
      writer.array(1).text(expression.name);
      break;
    case "value":
      writer.array(2).text(expression.name).text(expression.value);
      break;
    case "identifier":
      writer.array(1).text(expression.identifier);
      break;
    case "not":
      writeBoolean(writer.array(1), expression.operand);
      break;
    default:
      writeBoolean(writer.array(2), expression.left);
      writeBoolean(writer, expression.right);
  }
}

function readBoolean(reader: CborReader): BooleanExpression {
  const kind = reader.variant();
  const fields = reader.array();
  fields.need("operand");
  const expression = readFields();
  fields.end();
  return expression;

  function readFields(): BooleanExpression {
    switch (kind) {
      case BOOLEAN.name:
        return { kind: "name", name: matching(reader.text(), BOOLEAN_NAME) };
      case BOOLEAN.value: {
        const name = matching(reader.text(), BOOLEAN_NAME);
        fields.need("value");
        return { kind: "value", name, value: reader.text() };
      }
      case BOOLEAN.identifier:
        return { kind: "identifier", identifier: matching(reader.text(), BOOLEAN_IDENTIFIER) };
      case BOOLEAN.or:
      case BOOLEAN.and: {
        const left = readBoolean(reader);
        fields.need("right operand");
        return { kind: kind === BOOLEAN.or ? "or" : "and", left, right: readBoolean(reader) };
      }
      case BOOLEAN.not:
        return { kind: "not", operand: readBoolean(reader) };
      default:
        throw invalid(`there is no boolean expression ${kind}`);
    }
  }
}

function matching(name: string, pattern: RegExp): string {
  if (pattern.test(name)) return name;
  throw invalid("a name has characters that no name may have");
}

/** Reads an array of one field; further ones, of a newer peer, are skipped. */
function only<T>(reader: CborReader, read: () => T): T {
  const fields = reader.array();
  fields.need("value");
  const value = read();
  fields.end();
  return value;
}

/** An integer of either sign: the head of a negative one is that of `-1 - value`, of major type 1. */
function encodeInteger(value: bigint): Uint8Array {
  const encoded = new CborWriter().uint(value < 0n ? -1n - value : value).finish();
  if (value < 0n) encoded[0]! |= 0x20;
  return encoded;
}

function decodeInteger(encoded: Uint8Array): bigint {
  const negative = encoded[0]! >> 5 === 1;
  const head = negative ? concatBytes(Uint8Array.of(encoded[0]! & 0x1f), encoded.subarray(1)) : encoded;
  const size = new CborReader(head).uint64();
  return negative ? -1n - size : size;
}

function encodeFloat(value: number): Uint8Array {
  const encoded = new Uint8Array(9);
  encoded[0] = 0xfb;
  new DataView(encoded.buffer).setFloat64(1, value);
  return encoded;
}

function decodeFloat(encoded: Uint8Array): number {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length);
  if (encoded[0] === 0xfb) return view.getFloat64(1);
  if (encoded[0] === 0xfa) return view.getFloat32(1);
  throw invalid("a float is none");
}

function invalid(reason: string, cause?: unknown): OckamError {
  return new OckamError(POLICY_ERROR_CODES.invalidEncoding, `not an encoded policy: ${reason}`, { cause });
}
