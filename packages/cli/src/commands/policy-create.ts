import { OckamError } from "@ockam/codec";

import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { extended, optional, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { parsed, required, text } from "../option.ts";
import { allowOption, withPolicy } from "../policy-argument.ts";
import { POLICY } from "../render/policy.ts";
import { isResourceType, RESOURCE_TYPES } from "../resource-types.ts";
import { usageError } from "../usage-error.ts";

export const policyCreate: Command = defineCommand({
  summary: "Say who may use something of a node",
  description:
    "The policy of a name counts before that of its type. It holds at once, also for open connections: those of " +
    "whoever is not allowed any more are reset.",
  notes: [
    "Types are kept over restarts. A node without an authority knows identifiers only: there a policy that asks for attributes denies everybody, and the answer has a `warning`. A policy that cannot be read ends with 64.",
    "The policies of a Kafka inlet say for whom it may encrypt (`kafka-consumer-NAME`) and whose records it may decrypt (`kafka-producer-NAME`).",
  ],
  examples: [
    "policy create --resource-type tcp-outlet --allow 'role=client and not suspended'",
    "policy create --resource postgres --allow '(= subject.component \"web\")'",
  ],
  json: extended(POLICY, { warning: optional(string()) }),
  options: {
    allow: required(allowOption("Who may: names of attributes with and, or, not; or a full expression")),
    resource: text(
      "NAME",
      "The name of an inlet or outlet, `echo`, `forwarding_service`, or of a Kafka inlet `kafka-consumer-NAME`, `kafka-producer-NAME`",
    ),
    resourceType: parsed("TYPE", `Everything of a type: ${RESOURCE_TYPES.join(", ")}`, (typed) => {
      if (isResourceType(typed)) return typed;
      throw usageError(
        `invalid value '${typed}' for '--resource-type <TYPE>'`,
        `the types are: ${RESOURCE_TYPES.join(", ")}`,
      );
    }),
    at: AT,
  },
  async run({ allow, at, resource: name, resourceType }, terminal) {
    if (name !== undefined && resourceType !== undefined)
      throw usageError("--resource and --resource-type exclude each other");
    const resource = resourceType ?? name;
    if (resource === undefined)
      throw new OckamError("OCKAM_CLI_NO_NAME", "Nothing was named that the policy is for", {
        details: { hint: "give --resource-type TYPE or --resource NAME" },
      });
    if (name !== undefined && isResourceType(name))
      terminal.warn(`--resource ${name} is deprecated for a type; use --resource-type ${name}`);
    return withNode({ at, terminal, create: true }, async (node) => {
      const policy = await withPolicy(allow, () => node.call("policy.create", { resource, allow }));
      const { action, expression, warning } = policy;
      const warnings = typeof warning === "string" ? { warning } : {};
      if (typeof warning === "string") terminal.warn(warning);
      return {
        json: () => ({ resource, action, expression, ...warnings }),
        plain: (style) =>
          style.success(
            `${style.name(resource)} at ${style.name(node.name)} may be used by: ${style.name(expression)}`,
          ),
      };
    });
  },
});
