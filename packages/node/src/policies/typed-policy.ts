import { isOckamError } from "@ockam/codec";
import { OPERATORS, Policy } from "@ockam/policy";
import type { Expression } from "@ockam/policy";

import { nodeError } from "../node-error.ts";

/** What is known of anybody, also where no authority attests anything. */
const ALWAYS_KNOWN: ReadonlySet<string> = new Set(["subject.identifier", "resource.id", "action.id"]);

/**
 * A policy that somebody has just written, in either notation.
 * @throws OckamError OCKAM_NODE_INVALID_POLICY, whose message and details point at the place
 */
export function readTypedPolicy(text: string): Policy {
  try {
    return Policy.parse(text, { strict: true });
  } catch (error) {
    if (!isOckamError(error)) throw error;
    throw nodeError("INVALID_POLICY", error.message, { cause: error, details: error.details });
  }
}

/** The first name that a policy asks for and that only an authority can tell; undefined when there is none. */
export function attestedNameIn({ expression }: Policy): string | undefined {
  return namesIn(expression).find((name) => !OPERATORS.includes(name) && !ALWAYS_KNOWN.has(name));
}

/** The names in an expression; operators among them. */
function namesIn(expression: Expression): readonly string[] {
  if (expression.kind === "identifier") return [expression.name];
  return "items" in expression ? expression.items.flatMap(namesIn) : [];
}
