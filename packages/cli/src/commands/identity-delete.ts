import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { ALL, YES } from "../common-options.ts";
import { deleteItems } from "../delete-items.ts";
import { array, object, oneOf, string } from "../json-shape.ts";
import { argument } from "../option.ts";

export const identityDelete: Command = defineCommand({
  summary: "Delete an identity that no node uses, and its keys",
  examples: ["identity delete audit --yes"],
  json: oneOf(object({ name: string() }), array(object({ name: string() }))),
  pipe: "the name, one a line",
  positionals: { name: argument("The identity") },
  options: { all: ALL, yes: YES },
  async run({ name, all, yes }, terminal) {
    using state = openState();
    return await deleteItems({
      terminal,
      kind: "identity",
      existing: state.identities.list().map((identity) => identity.name),
      name,
      all,
      yes,
      remove: (item) => state.identities.delete(item),
      json: (item) => ({ name: item }),
      machine: (item) => item,
    });
  },
});
