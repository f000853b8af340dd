import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { argument } from "../option.ts";
import { chooseProject } from "../project-choice.ts";
import { describeProject, renderProject } from "../render/project.ts";

export const projectShow: Command = defineCommand({
  summary: "Show a project that this machine knows",
  description: "With --output json it is what 'ockam project import' takes.",
  examples: ["project show", "project show default --output json > project.json"],
  positionals: { name: argument("The project; the default project when absent") },
  async run({ name }) {
    using state = openState();
    const project = chooseProject(state, name);
    return {
      json: () => describeProject(project),
      plain: (style) => renderProject(project, style),
    };
  },
});
