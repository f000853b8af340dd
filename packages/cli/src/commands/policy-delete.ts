import { defineCommand, type Command } from "../command.ts";
import { AT, YES } from "../common-options.ts";
import { deleteItems } from "../delete-items.ts";
import { object, string } from "../json-shape.ts";
import { withNode } from "../node-access.ts";
import { argument } from "../option.ts";

export const policyDelete: Command = defineCommand({
  summary: "Delete a policy",
  description:
    "Without a policy of its name the one of its type counts. A type without a policy denies everybody, where the node has an authority.",
  examples: ["policy delete postgres --yes"],
  json: object({ resource: string(), node: string() }),
  positionals: { resource: argument("Its type or name") },
  options: { at: AT, yes: YES },
  run: ({ resource, at, yes }, terminal) =>
    withNode({ at, terminal }, async (node) => {
      const policies = await node.call("policy.list", {});
      return await deleteItems({
        terminal,
        kind: "policy",
        existing: policies.map((policy) => policy.resource),
        name: resource,
        all: false,
        yes,
        async remove(item) {
          await node.call("policy.delete", { resource: item });
        },
        json: (item) => ({ resource: item, node: node.name }),
      });
    }),
});
