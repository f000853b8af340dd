// Kafka portals are never open to everybody. docs/protocol/kafka-portal.md, "Policies".
import { nodeError } from "../node-error.ts";
import type { GuardedResource, Policies } from "../policies/policies.ts";

/** A policy that something about to be made needs. */
export interface NeededPolicy {
  readonly resource: GuardedResource;
  /** What was given; undefined: the one that is there, or that of the type. */
  readonly allow: string | undefined;
  /** How the command calls it. */
  readonly option: string;
}

/**
 * Sets policies for something that is about to be made. Without an authority there is no default: each must be there then.
 * @returns a function that undoes it.
 * @throws OckamError OCKAM_NODE_INVALID_POLICY, which names what is missing; nothing is set then
 */
export function kafkaPolicies(policies: Policies, needed: readonly NeededPolicy[]): () => void {
  const undos: (() => void)[] = [];
  const undo = (): void => undos.toReversed().forEach((each) => each());
  try {
    for (const { allow, resource } of needed)
      if (allow !== undefined) undos.push(policies.setForNew(resource.name, allow));
    const missing = needed.filter(({ resource }) => !policies.isInForce(resource));
    if (missing.length > 0) throw missingPolicies(missing);
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}

function missingPolicies(missing: readonly NeededPolicy[]): Error {
  const options = missing.map(({ option }) => option);
  const names = missing.map(({ resource }) => resource.name);
  return nodeError(
    "INVALID_POLICY",
    `this node trusts no authority, so nobody is allowed anything unless a policy says whom: give ${options.join(", ")} ` +
      `with identifiers, as in (= subject.identifier "I…"), or let the node trust a project`,
    { details: { options: options.join(" "), resources: names.join(" ") } },
  );
}
