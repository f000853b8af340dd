import { resetState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { YES } from "../common-options.ts";
import { literal, object } from "../json-shape.ts";
import { flag } from "../option.ts";
import { usageError } from "../usage-error.ts";

export const reset: Command = defineCommand({
  summary: "Stop all nodes and delete all state of this machine",
  description: "Keeps `application_database.sqlite3`, `bin` and `env` in the state folder.",
  examples: ["reset --yes"],
  json: object({ reset: literal(true) }),
  pipe: "nothing",
  options: { yes: YES, all: flag("", { hidden: true }) },
  async run({ yes, all }, terminal) {
    if (all)
      throw usageError("--all is for what an Orchestrator keeps, and there is none", "ockam reset --yes");
    if (!(await terminal.confirm("Delete all nodes, identities and vaults of this machine?", yes)))
      return undefined;
    await resetState();
    return {
      json: () => ({ reset: true }),
      machine: "",
      plain: (style) => style.success("The state of this machine was deleted"),
    };
  },
});
