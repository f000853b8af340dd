// What an expression comes to. docs/protocol/policies.md, "Evaluation".
import { OckamError } from "@ockam/codec";

import type { Expression } from "./expression.ts";
import { POLICY_ERROR_CODES } from "./policy-error.ts";
import { areEqual, isLess, typeName } from "./policy-value.ts";
import type { Environment, PolicyValue } from "./policy-value.ts";

/**
 * Evaluates an expression, which is not nested deeper than `MAX_POLICY_DEPTH`.
 * @throws OckamError OCKAM_POLICY_UNBOUND, OCKAM_POLICY_UNKNOWN_OPERATION, OCKAM_POLICY_INVALID_TYPE,
 * OCKAM_POLICY_TYPE_MISMATCH, OCKAM_POLICY_MALFORMED
 */
export function evaluate(expression: Expression, environment: Environment): PolicyValue {
  switch (expression.kind) {
    case "identifier":
      return lookUp(expression.name, environment);
    case "sequence":
      return evaluateAll(expression.items, environment);
    case "list":
      return evaluateList(expression.items, environment);
    default:
      return expression.value;
  }
}

function evaluateList([head, ...operands]: readonly Expression[], environment: Environment): PolicyValue {
  if (head === undefined) return null;
  if (head.kind !== "identifier") {
    throw new OckamError(
      POLICY_ERROR_CODES.invalidType,
      "a list must begin with an operation; join its parts with (and …) or (or …)",
    );
  }
  switch (head.name) {
    case "and":
      return chain(operands, environment, false);
    case "or":
      return chain(operands, environment, true);
    case "not":
      need("not", operands.length === 1, "one operand");
      return !booleanOf("not", evaluate(operands[0]!, environment));
    case "if":
      return choose(operands, environment);
    case "=":
      need("=", operands.length >= 2, "two operands or more");
      return neighbours(operands, environment, areEqual);
    case "!=":
      return !neighbours(operands, environment, areEqual);
    case "<":
      need("<", operands.length >= 2, "two operands or more");
      return neighbours(operands, environment, isLess);
    case ">":
      need(">", operands.length >= 2, "two operands or more");
      return neighbours(operands, environment, (left, right) => isLess(right, left));
    case "member?":
      return isMember(operands, environment);
    case "exists?":
      return operands.every((operand) => isBound(operand, environment));
    default:
      throw new OckamError(
        POLICY_ERROR_CODES.unknownOperation,
        `"${head.name}" is no operation: use and, or, not, if, <, >, =, !=, member? or exists?`,
      );
  }
}

/** `and`, `or`: the first operand that is `decisive`, else the last one, of whatever type that is. */
function chain(operands: readonly Expression[], environment: Environment, decisive: boolean): PolicyValue {
  let value: PolicyValue = !decisive;
  for (const [index, operand] of operands.entries()) {
    value = evaluate(operand, environment);
    if (index === operands.length - 1) break;
    if (booleanOf(decisive ? "or" : "and", value) === decisive) break;
  }
  return value;
}

function choose(operands: readonly Expression[], environment: Environment): PolicyValue {
  need("if", operands.length === 3, "three operands: a test and two alternatives");
  const [test, then, otherwise] = operands;
  const holds = booleanOf("if", evaluate(test!, environment));
  return evaluate(holds ? then! : otherwise!, environment);
}

/** Whether each value and the next are as `holds` says, up to the first that are not. */
function neighbours(
  operands: readonly Expression[],
  environment: Environment,
  holds: (left: PolicyValue, right: PolicyValue) => boolean,
): boolean {
  const values = evaluateAll(operands, environment);
  for (let i = 1; i < values.length; i++) {
    if (!holds(values[i - 1]!, values[i]!)) return false;
  }
  return true;
}

function isMember(operands: readonly Expression[], environment: Environment): boolean {
  need("member?", operands.length === 2, "a value and a sequence");
  const value = evaluate(operands[0]!, environment);
  const sequence = evaluate(operands[1]!, environment);
  if (typeof sequence !== "object" || sequence === null) throw invalidType("member?", "a sequence", sequence);
  return sequence.some((item) => areEqual(value, item));
}

function isBound(operand: Expression, environment: Environment): boolean {
  if (operand.kind === "identifier") return environment.get(operand.name) !== undefined;
  throw new OckamError(POLICY_ERROR_CODES.invalidType, "exists? takes identifiers, such as subject.role");
}

function evaluateAll(expressions: readonly Expression[], environment: Environment): readonly PolicyValue[] {
  return expressions.map((expression) => evaluate(expression, environment));
}

function lookUp(name: string, environment: Environment): PolicyValue {
  const value = environment.get(name);
  if (value !== undefined) return value;
  throw new OckamError(
    POLICY_ERROR_CODES.unbound,
    `"${name}" is not known here: the subject has no such attribute, or its credential has expired`,
    { details: { identifier: name } },
  );
}

function booleanOf(operator: string, value: PolicyValue): boolean {
  if (typeof value === "boolean") return value;
  throw invalidType(operator, "true or false", value);
}

function invalidType(operator: string, expected: string, value: PolicyValue): OckamError {
  return new OckamError(
    POLICY_ERROR_CODES.invalidType,
    `"${operator}" expected ${expected}, got ${typeName(value)}`,
  );
}

function need(operator: string, met: boolean, expected: string): void {
  if (!met) throw new OckamError(POLICY_ERROR_CODES.malformed, `"${operator}" takes ${expected}`);
}
