import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { UNUSED_IDENTITY } from "../common-options.ts";
import { RETRY_OPTIONS } from "../retry.ts";
import { argument } from "../option.ts";
import { chooseProject } from "../project-choice.ts";
import { PROJECT, describeProject, renderProject } from "../render/project.ts";

export const projectShow: Command = defineCommand({
  summary: "Show a project that this machine knows",
  description:
    "Nobody is asked. With --output json it is what 'ockam project import' takes: [the record](protocol/projects.md#the-record), and what it is here.",
  examples: ["project show", "project show default --output json > project.json"],
  json: PROJECT,
  positionals: { name: argument("The project; the default project when absent") },
  options: { identity: UNUSED_IDENTITY, ...RETRY_OPTIONS },
  async run({ name: typed }, terminal) {
    using state = openState();
    const names = state.projects.list().map((known) => known.name);
    const name =
      typed ?? (await terminal.selectOne("Which project?", names, state.projects.findDefault()?.name));
    const project = chooseProject(state, name);
    return {
      json: () => describeProject(project),
      plain: (style) => renderProject(project, style),
    };
  },
});

/** The same by the name of old. */
export const projectInformation: Command = {
  ...projectShow,
  hidden: true,
  examples: ["project information"],
};
