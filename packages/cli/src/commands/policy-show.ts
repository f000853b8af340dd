import { defineCommand, type Command } from "../command.ts";
import { AT } from "../common-options.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";
import { POLICY, renderPolicy } from "../render/policy.ts";
import { emptyResult } from "../result.ts";

const DEFAULT_RESOURCE = "tcp-outlet";

export const policyShow: Command = defineCommand({
  summary: "Show who may use something of a node",
  description: "When there is no such policy, the JSON is `[]`.",
  examples: ["policy show postgres"],
  json: POLICY,
  positionals: { resource: argument(`Its type or name; ${DEFAULT_RESOURCE} when absent`) },
  options: { at: AT },
  run: ({ resource: typed, at }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const policies = await node.call("policy.list", {});
      const names = policies.map((each) => each.resource);
      const resource =
        typed ?? (await terminal.selectOne("Which policy?", names, DEFAULT_RESOURCE)) ?? DEFAULT_RESOURCE;
      const policy = policies.find((each) => each.resource === resource);
      if (policy === undefined) return emptyResult("There is no such policy");
      return { json: () => policy, plain: (style) => renderPolicy(policy, style) };
    }),
});
