import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { ALL, YES } from "../common-options.ts";
import { deleteItems } from "../delete-items.ts";
import { array, object, oneOf, string } from "../json-shape.ts";
import { argument } from "../option.ts";

export const vaultDelete: Command = defineCommand({
  summary: "Delete a vault that no identity uses",
  examples: ["vault delete archive --yes"],
  json: oneOf(object({ name: string() }), array(object({ name: string() }))),
  pipe: "the name, one a line",
  positionals: { name: argument("The vault") },
  options: { all: ALL, yes: YES },
  async run({ name, all, yes }, terminal) {
    using state = openState();
    return await deleteItems({
      terminal,
      kind: "vault",
      existing: state.vaults.list().map((vault) => vault.name),
      name,
      all,
      yes,
      async remove(item) {
        state.vaults.delete(item);
      },
      json: (item) => ({ name: item }),
      machine: (item) => item,
    });
  },
});
