import type { NamedVault } from "@ockam/node";

import { boolean, literal, named, object, oneOf, string } from "../json-shape.ts";
import type { Style } from "../style.ts";

/** A vault as `--output json` prints it, with the words of Rust's command. */
export const VAULT = named("Vault", {
  vault: object({
    name: string(),
    vault_type: oneOf(
      object({ DatabaseVault: object({ use_aws_kms: literal("No") }) }),
      object({ LocalFileVault: object({ path: string(), use_aws_kms: literal("No") }) }),
    ),
    is_default: boolean(),
  }),
});

/** One line about a vault. */
export function renderVault(vault: NamedVault, style: Style): string {
  const where = vault.path === undefined ? "in the main database" : `in ${style.name(vault.path)}`;
  return style.row(`${style.name(vault.name)}${vault.isDefault ? " (default)" : ""} ${where}`);
}

/** A vault as `--output json` prints it, {@link VAULT}. */
export function describeVault(vault: NamedVault): unknown {
  const type =
    vault.path === undefined
      ? { DatabaseVault: { use_aws_kms: "No" } }
      : { LocalFileVault: { path: vault.path, use_aws_kms: "No" } };
  return { vault: { name: vault.name, vault_type: type, is_default: vault.isDefault } };
}
