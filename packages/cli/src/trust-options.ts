import type { TrustOptions } from "@ockam/node";

import { text, type Option } from "./option.ts";
import { usageError } from "./usage-error.ts";

/** Values of {@link TRUST_OPTIONS}. */
export interface TrustValues {
  readonly project: string | undefined;
  readonly authorityIdentity: string | undefined;
  readonly authorityRoute: string | undefined;
  readonly credentialScope: string | undefined;
}

/** The options that say whose word a node takes about others, and where its own credential comes from. */
export const TRUST_OPTIONS: { readonly [Name in keyof TrustValues]: Option<string | undefined> } = {
  project: text("PROJECT", "Trust the authority of this project, as its member", {
    fallback: "the default project, if there is one",
  }),
  authorityIdentity: text("HEX", "Trust this authority: 'ockam identity show NAME --full --encoding hex'"),
  authorityRoute: text("ROUTE", "Get the credential from the authority there; needs --credential-scope"),
  credentialScope: text("SCOPE", "The own credential: the one that was stored under this scope"),
};

/**
 * What the options mean together; undefined when none was given.
 * @throws OckamError OCKAM_CLI_USAGE for those that do not go together
 */
export function readTrustOptions(values: TrustValues): TrustOptions | undefined {
  const { authorityIdentity, authorityRoute, credentialScope, project } = values;
  const isAuthority =
    authorityIdentity !== undefined || authorityRoute !== undefined || credentialScope !== undefined;
  if (project !== undefined && isAuthority)
    throw usageError(
      "Both project_name and authority info are provided",
      "give --project, or the --authority-… options",
    );
  if (project !== undefined) return { kind: "project", project };
  if (authorityIdentity === undefined) {
    if (authorityRoute !== undefined)
      throw usageError(
        "Authority address was provided but authority identity is unknown",
        "add --authority-identity",
      );
    if (credentialScope !== undefined)
      throw usageError(
        "--credential-scope needs --authority-identity",
        "a credential counts where its authority is trusted",
      );
    return undefined;
  }
  if (authorityRoute !== undefined && credentialScope === undefined)
    throw usageError(
      "Authority address was provided but credential scope was not provided",
      "add --credential-scope with any name",
    );
  return {
    kind: "authority",
    authority: authorityIdentity.trim(),
    ...(credentialScope === undefined ? {} : { scope: credentialScope }),
    ...(authorityRoute === undefined ? {} : { route: authorityRoute }),
  };
}

const NO_EFFECT = { hidden: true, deprecated: "it has no effect: the project says who its authority is" };

/** What Rust's commands about projects take as well, and do not look at. */
export const UNUSED_TRUST_OPTIONS = {
  authorityIdentity: text("HEX", "", NO_EFFECT),
  authorityRoute: text("ROUTE", "", NO_EFFECT),
  credentialScope: text("SCOPE", "", NO_EFFECT),
};
