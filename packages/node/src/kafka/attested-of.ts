import type { Attributes } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";

import type { NodeCore } from "../node-core.ts";

/** What tells what the node's authority attests of somebody at present; nothing without an authority. */
export function attestedOf({
  identityName,
  state,
  trust,
}: NodeCore): (subject: Identifier) => Promise<Attributes | undefined> {
  const { identities } = state.identities.open(identityName);
  return async (subject) => {
    if (trust.authority === undefined) return undefined;
    return (await trust.attributes.get(subject, trust.authority, identities.now()))?.attributes;
  };
}
