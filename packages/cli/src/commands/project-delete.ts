import { OckamError } from "@ockam/codec";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { ALL, UNUSED_IDENTITY, YES } from "../common-options.ts";
import { deleteItems } from "../delete-items.ts";
import { array, object, oneOf, string } from "../json-shape.ts";
import { nodesOfProject } from "../older-nodes.ts";
import { argument, text } from "../option.ts";

export const projectDelete: Command = defineCommand({
  summary: "Forget a project that no running node uses; its authority still knows the members",
  description:
    "Removes what this machine knows of the project, and the credentials of its own identities for it. The project " +
    "itself, its members and its nodes go on; 'ockam project-member delete' removes a member.",
  notes: [
    "While a running node trusts the project's authority it is refused, also with `--yes`: stop the node first.",
  ],
  examples: ["project delete default --yes"],
  json: oneOf(object({ name: string() }), array(object({ name: string() }))),
  pipe: "the name, one a line",
  positionals: { name: argument("The project") },
  options: {
    all: ALL,
    yes: YES,
    identity: UNUSED_IDENTITY,
    space: text("NAME", "", { hidden: true, deprecated: "there are no spaces without the hosted service" }),
  },
  async run({ name, all, yes }, terminal) {
    using state = openState();
    const deleted = await deleteItems({
      terminal,
      kind: "project",
      existing: state.projects.list().map((project) => project.name),
      name,
      all,
      yes,
      async remove(item) {
        const users = await nodesOfProject(state, state.projects.get(item));
        if (users.length > 0) throw inUse(item, users);
        state.projects.delete(item);
      },
      json: (item) => ({ name: item }),
      machine: (item) => item,
    });
    return deleted;
  },
});

function inUse(project: string, nodes: readonly string[]): OckamError {
  return new OckamError(
    "OCKAM_CLI_PROJECT_IN_USE",
    `The project ${project} is used by running nodes: ${nodes.join(", ")}`,
    { details: { nodes: nodes.join(", "), hint: `stop them first: 'ockam node stop ${nodes[0]}'` } },
  );
}
