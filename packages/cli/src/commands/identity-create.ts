import { fromHex } from "@ockam/codec";
import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { object, string } from "../json-shape.ts";
import { argument, parsed, text } from "../option.ts";
import { KEY_ID } from "../unsupported-options.ts";
import { usageError } from "../usage-error.ts";

export const identityCreate: Command = defineCommand({
  summary: "Create an identity, or import one",
  description: "An identity of that name that exists already is returned as it is.",
  examples: ["identity create bank", "identity create audit --vault archive"],
  json: object({ identifier: string() }),
  pipe: "the identifier",
  positionals: { name: argument("Its name; a random one when absent") },
  options: {
    vault: text("VAULT", "The vault for its keys, created when missing", { fallback: "the default vault" }),
    identity: parsed(
      "HEX",
      "Import this change history, as 'identity show --full --encoding hex' prints it",
      fromHex,
    ),
    keyId: KEY_ID,
  },
  async run({ name, vault, identity: changeHistory }) {
    if (changeHistory !== undefined && vault !== undefined) {
      throw usageError("--identity and --vault exclude each other: an imported identity has no secret keys");
    }
    using state = openState();
    const known = name === undefined ? undefined : state.identities.find(name);
    const identity =
      changeHistory === undefined
        ? await state.identities.create({
            ...(name === undefined ? {} : { name }),
            ...(vault === undefined ? {} : { vault }),
          })
        : await state.identities.import(changeHistory, name === undefined ? {} : { name });
    const identifier = identity.identifier.toString();
    return {
      json: () => ({ identifier }),
      machine: identifier,
      plain: (style) =>
        [
          known?.identifier.equals(identity.identifier) === true
            ? style.info(`The identity ${style.name(identity.name)} exists already`)
            : style.success(
                `${changeHistory === undefined ? "Created" : "Imported"} the identity ${style.name(identity.name)}`,
              ),
          style.row(`with the identifier ${identifier}`),
          ...(identity.isDefault ? [style.row("It is your default identity")] : []),
        ].join("\n"),
    };
  },
});
