import { toHex } from "@ockam/codec";

import type { CreateNodeOptions } from "../src/node-options.ts";
import { openState } from "../src/state/sqlite-state.ts";
import type { Issuer } from "./issuer.ts";

/** What a node is created with that trusts `issuer` and has a credential of it; without attributes it has none. */
export async function memberOf(
  issuer: Issuer,
  attributes?: Readonly<Record<string, string>>,
  ttl = 60,
): Promise<CreateNodeOptions> {
  const state = openState({ inMemory: true });
  const scope = "test";
  const { name } = await state.identities.getDefault();
  const { changeHistory, identifier } = await state.identities.identity(name);
  if (attributes !== undefined) {
    const { encoded, expiresAt } = await issuer.issue(changeHistory, attributes, ttl);
    state.credentials.put({ subject: identifier, issuer: issuer.identifier, scope, encoded, expiresAt });
  }
  return { state, trust: { kind: "authority", authority: toHex(issuer.changeHistory), scope } };
}
