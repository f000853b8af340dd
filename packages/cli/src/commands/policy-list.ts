import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { array } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { POLICY, renderPolicy } from "../render/policy.ts";

export const policyList: Command = defineCommand({
  summary: "List who may use what of a node",
  examples: ["policy list", "policy list tcp-outlet --at n1"],
  json: array(POLICY),
  positionals: { resource: argument("A type or name; everything when absent") },
  options: { at: AT },
  run: ({ resource, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const all = await node.call("policy.list", {});
      const policies = resource === undefined ? all : all.filter((each) => each.resource === resource);
      return {
        json: () => policies,
        plain: (style) =>
          policies.length === 0
            ? style.info(`There are no policies at ${style.name(node.name)}`)
            : policies.map((policy) => renderPolicy(policy, style)).join("\n"),
      };
    }),
});
