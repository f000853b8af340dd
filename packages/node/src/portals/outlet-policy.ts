import { isOckamError } from "@ockam/codec";
import type { AccessControl } from "@ockam/core-routing";
import { OPERATORS, Policy, policyAccessControl } from "@ockam/policy";
import type { Expression } from "@ockam/policy";

import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";

/** What is known without an authority: a node has none whose word on attributes it takes. */
const KNOWN: ReadonlySet<string> = new Set(["subject.identifier", "resource.id", "action.id"]);

/**
 * Who may use an outlet, by the policy `text`: an identifier alone, or an expression over `subject.identifier`. A policy
 * that asks for attributes is refused, since it would turn away everybody.
 * @throws OckamError OCKAM_NODE_INVALID_POLICY
 */
export function outletPolicy(core: NodeCore, resource: string, text: string): AccessControl {
  const policy = parsePolicy(text);
  const unknown = namesIn(policy.expression).find((name) => !OPERATORS.includes(name) && !KNOWN.has(name));
  if (unknown !== undefined)
    throw nodeError(
      "INVALID_POLICY",
      `the policy asks for ${unknown}, and this node has no authority that attests attributes; ` +
        `name identifiers, as in (= subject.identifier "I…")`,
      { details: { unknown } },
    );
  const { log, router } = core;
  return policyAccessControl({ router, policy, resource, log }).incoming;
}

function parsePolicy(text: string): Policy {
  try {
    return Policy.parse(text, { strict: true });
  } catch (error) {
    if (!isOckamError(error)) throw error;
    throw nodeError("INVALID_POLICY", error.message, { cause: error, details: error.details });
  }
}

/** The names that an expression asks for; operators among them. */
function namesIn(expression: Expression): readonly string[] {
  if (expression.kind === "identifier") return [expression.name];
  return "items" in expression ? expression.items.flatMap(namesIn) : [];
}
