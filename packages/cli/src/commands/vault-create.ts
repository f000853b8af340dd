import { resolve } from "node:path";

import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { object, string } from "../json-shape.ts";
import { argument, text } from "../option.ts";
import { AWS_KMS } from "../unsupported-options.ts";

export const vaultCreate: Command = defineCommand({
  summary: "Create a vault for the secret keys of identities",
  description: "The first vault lives in the main database, later ones in files of their own.",
  examples: ["vault create", "vault create archive --path archive.vault"],
  json: object({ name: string() }),
  pipe: "the name",
  positionals: { name: argument("Its name; 'default' for the first vault, else a random one") },
  options: { path: text("FILE", "The file for it, which must not exist yet"), awsKms: AWS_KMS },
  async run({ name, path }) {
    using state = openState();
    const vault = state.vaults.create({
      ...(name === undefined ? {} : { name }),
      ...(path === undefined ? {} : { path: resolve(path) }),
    });
    return {
      json: () => ({ name: vault.name }),
      machine: vault.name,
      plain: (style) =>
        [
          style.success(`Created the vault ${style.name(vault.name)}`),
          ...(vault.isDefault ? [style.success("It is your default vault")] : []),
        ].join("\n"),
    };
  },
});
