import type { NamedIdentity } from "@ockam/node";

import { boolean, named, string } from "../json-shape.ts";

/** An identity as `--output json` prints it. */
export const IDENTITY = named("Identity", {
  identifier: string("I and 64 hex digits"),
  name: string(),
  vault_name: string("where its keys are"),
  is_default: boolean(),
});

/** The JSON of an identity, {@link IDENTITY}. */
export function describeIdentity(identity: NamedIdentity): Record<string, unknown> {
  return {
    identifier: identity.identifier.toString(),
    name: identity.name,
    vault_name: identity.vaultName,
    is_default: identity.isDefault,
  };
}
