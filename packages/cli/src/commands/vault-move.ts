import { resolve } from "node:path";

import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { required, requiredArgument, text } from "../option.ts";
import { VAULT, describeVault } from "../render/vault.ts";

export const vaultMove: Command = defineCommand({
  summary: "Move a vault's file",
  examples: ["vault move archive --path moved.vault"],
  json: VAULT,
  pipe: "the name",
  positionals: { name: requiredArgument("The vault; not the one in the main database") },
  options: { path: required(text("FILE", "Its new file, which must not exist yet")) },
  async run({ name, path }) {
    using state = openState();
    const vault = state.vaults.move(name, resolve(path));
    return {
      json: () => describeVault(vault),
      machine: vault.name,
      plain: (style) => style.success(`Moved the vault ${style.name(name)} to ${style.name(resolve(path))}`),
    };
  },
});
