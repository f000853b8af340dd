import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { notFound } from "../delete-items.ts";
import { argument } from "../option.ts";
import { VAULT, describeVault, renderVault } from "../render/vault.ts";
import { emptyResult } from "../result.ts";

export const vaultShow: Command = defineCommand({
  summary: "Show a vault",
  examples: ["vault show"],
  json: VAULT,
  pipe: "the name",
  positionals: { name: argument("The vault; the default vault when absent") },
  async run({ name: typed }, terminal) {
    using state = openState();
    const vaults = state.vaults.list();
    if (typed !== undefined && vaults.length === 0) return emptyResult("There are no vaults");
    const names = vaults.map((known) => known.name);
    const fallback = vaults.find(({ isDefault }) => isDefault)?.name;
    const name = typed ?? (await terminal.selectOne("Which vault?", names, fallback));
    const vault =
      name === undefined ? state.vaults.getDefault() : vaults.find((known) => known.name === name);
    if (vault === undefined) {
      throw notFound("vault", name ?? "default", names);
    }
    return {
      json: () => describeVault(vault),
      machine: vault.name,
      plain: (style) => renderVault(vault, style),
    };
  },
});
