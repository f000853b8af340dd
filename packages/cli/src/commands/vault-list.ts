import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { array } from "../json-shape.ts";
import { VAULT, describeVault, renderVault } from "../render/vault.ts";

export const vaultList: Command = defineCommand({
  summary: "List the vaults of this machine",
  examples: ["vault list"],
  json: array(VAULT),
  async run() {
    using state = openState();
    const vaults = state.vaults.list();
    return {
      json: () => vaults.map(describeVault),
      plain: (style) =>
        vaults.length === 0
          ? style.info(`There are no vaults: ${style.name("ockam vault create")} makes one`)
          : vaults.map((vault) => renderVault(vault, style)).join("\n"),
    };
  },
});
