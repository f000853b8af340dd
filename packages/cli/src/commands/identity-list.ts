import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";

export const identityList: Command = defineCommand({
  summary: "List the identities of this machine",
  async run() {
    using state = openState();
    const identities = state.identities.list();
    return {
      json: () =>
        identities.map((identity) => ({
          identifier: identity.identifier.toString(),
          name: identity.name,
          vault_name: identity.vaultName,
          is_default: identity.isDefault,
        })),
      plain: (style) =>
        identities.length === 0
          ? style.info(`There are no identities: ${style.name("ockam identity create")} makes one`)
          : identities
              .map((identity) => {
                const mark = identity.isDefault ? " (default)" : "";
                return style.row(`${style.name(identity.name)}${mark} ${identity.identifier.toString()}`);
              })
              .join("\n"),
    };
  },
});
