import { openState } from "@ockam/node/state";
import { isOckamError, OckamError } from "@ockam/codec";
import { parseProject, type Project } from "@ockam/project";

import { defineCommand, type Command } from "../command.ts";
import { required, text } from "../option.ts";
import { chooseIdentity } from "../project-choice.ts";
import { PROJECT, describeProject } from "../render/project.ts";
import { storeProject } from "../stored-project.ts";
import { plainResult } from "../result.ts";
import type { Terminal } from "../terminal.ts";
import { readSource } from "../text-source.ts";

export const projectImport: Command = defineCommand({
  summary: "Store a project that somebody describes, without becoming a member",
  description:
    "Takes what 'ockam project show --output json' prints. A project that is here already is replaced. Whoever made " +
    "the file decides whom this machine trusts: take it from nobody else than the project's administrator.",
  notes: [
    "A project of another authority with the same id is refused; one whose name another has is called by its id.",
  ],
  examples: ["project import --project-file project.json"],
  json: PROJECT,
  pipe: "the same as at a terminal",
  options: {
    projectFile: required(
      text("FILE", "Its record as JSON: a file, a URL, - for standard input, or the JSON"),
    ),
  },
  async run({ projectFile }, terminal) {
    const project = await readProject(projectFile, terminal);
    using state = openState();
    const { name: identity } = await chooseIdentity(state, undefined);
    const stored = await storeProject(state, project, identity);
    const as = stored.name === project.name ? "" : ` as ${stored.name}, since there is another one`;
    return plainResult(describeProject(stored), (style) =>
      style.success(`Successfully imported project ${project.name}${as}`),
    );
  },
});

async function readProject(typed: string, terminal: Terminal): Promise<Project> {
  const source = await readSource(typed, terminal.source("the project"));
  try {
    return parseProject(source.text);
  } catch (error) {
    if (!isOckamError(error)) throw error;
    if (source.kind === "text" && !typed.trimStart().startsWith("{")) {
      throw new OckamError("OCKAM_CLI_SOURCE_UNAVAILABLE", `there is no file ${typed}`, { cause: error });
    }
    const { details } = error;
    throw new OckamError(error.code, `${source.label}: ${error.message}`, { cause: error, details });
  }
}
