import { resetScope, resetState, type ResetScope } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { YES } from "../common-options.ts";
import { array, literal, object, string } from "../json-shape.ts";
import { flag } from "../option.ts";
import type { Style } from "../style.ts";
import { usageError } from "../usage-error.ts";

export const reset: Command = defineCommand({
  summary: "Stop all nodes and delete all state of this machine",
  description:
    "Lists what it deletes before it asks. Everything else in the state folder stays, and so do vault files elsewhere and `application_database.sqlite3`. Works on a damaged state, too.",
  examples: ["reset --yes"],
  json: object({
    reset: literal(true),
    home: string("the state folder"),
    nodes: array(string()),
    identities: array(string()),
    vaults: array(string()),
    files: array(string("what was deleted; absolute, also of folders")),
    kept_vault_files: array(string("elsewhere, with their keys")),
  }),
  pipe: "nothing",
  options: { yes: YES, all: flag("", { hidden: true }) },
  async run({ yes, all }, terminal) {
    if (all)
      throw usageError("--all is for what an Orchestrator keeps, and there is none", "ockam reset --yes");
    if (!yes) for (const line of describe(resetScope(), terminal.style)) terminal.note(line);
    if (!(await terminal.confirm("Delete all nodes, identities and vaults of this machine?", yes)))
      return undefined;
    const scope = await terminal.busy("Stopping the nodes", () => resetState());
    const { home, nodes, identities, vaults, files } = scope;
    return {
      json: () => ({
        reset: true,
        home,
        nodes,
        identities,
        vaults,
        files,
        kept_vault_files: scope.keptVaultFiles,
      }),
      machine: "",
      plain: (style) =>
        [
          style.success("The state of this machine was deleted"),
          ...describe(scope, style).map((line) => style.row(line)),
        ].join("\n"),
    };
  },
});

/** One line for each kind of things that there is. */
function describe(scope: ResetScope, style: Style): readonly string[] {
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    ["Nodes", scope.nodes],
    ["Identities and their keys", scope.identities],
    ["Vaults", scope.vaults],
    ["Files and folders", scope.files],
    ["Not deleted, outside of the state folder", scope.keptVaultFiles],
  ];
  return kinds
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `${kind}: ${names.map((name) => style.name(name)).join(", ")}`);
}
