import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { UNUSED_IDENTITY } from "../common-options.ts";
import { array } from "../json-shape.ts";
import { PROJECT, describeProject } from "../render/project.ts";

export const projectList: Command = defineCommand({
  summary: "List the projects that this machine knows",
  description: "Nobody is asked.",
  examples: ["project list"],
  json: array(PROJECT),
  options: { identity: UNUSED_IDENTITY },
  async run() {
    using state = openState();
    const projects = state.projects.list();
    return {
      json: () => projects.map(describeProject),
      plain: (style) =>
        projects.length === 0
          ? style.info(`There are no projects: ${style.name("ockam project enroll")} joins one`)
          : projects
              .map(({ accessRoute, isDefault, name }) =>
                style.row(`${style.name(name)}${isDefault ? " (default)" : ""} at ${accessRoute}`),
              )
              .join("\n"),
    };
  },
});
