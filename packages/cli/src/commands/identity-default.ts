import { isOckamError, OckamError } from "@ockam/codec";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { object, optional, string } from "../json-shape.ts";
import { argument } from "../option.ts";
import { plainResult } from "../result.ts";

export const identityDefault: Command = defineCommand({
  summary: "Show or set the identity that is used when none is named",
  description:
    "Without a name, and with no identity there, one is created. The JSON has the identifier when it is shown, not when it is set.",
  examples: ["identity default", "identity default audit"],
  json: object({ name: string(), identifier: optional(string()) }),
  pipe: "`The name of the default identity is 'bank'`; after setting it the name",
  positionals: { name: argument("The identity to make the default; without it the default is shown") },
  async run({ name }) {
    using state = openState();
    if (name === undefined) {
      const identity = await state.identities.getDefault();
      return plainResult({ name: identity.name, identifier: identity.identifier.toString() }, (style) =>
        style.success(`The name of the default identity is '${style.name(identity.name)}'`),
      );
    }
    try {
      state.identities.setDefault(name);
    } catch (cause) {
      if (!isOckamError(cause, "OCKAM_NODE_ALREADY_DEFAULT")) throw cause;
      throw new OckamError(cause.code, `The identity named '${name}' is already the default`, { cause });
    }
    return {
      json: () => ({ name }),
      machine: name,
      plain: (style) => style.success(`The identity ${style.name(name)} is now the default`),
    };
  },
});
