// Kafka portals are never open to everybody. docs/protocol/kafka-portal.md, "At a node".
import type { GuardedResource, Policies } from "../policies/policies.ts";

/** A policy that something about to be made needs. */
export interface NeededPolicy {
  readonly resource: GuardedResource;
  /** What was given; undefined: the one that is there, or that of the type. */
  readonly allow: string | undefined;
  /** How the command calls it. */
  readonly option: string;
}

/** What became of {@link kafkaPolicies}. */
export interface SetPolicies {
  /** Takes back what was set. */
  readonly undo: () => void;
  /** What its owner had better know. */
  readonly warning: string | undefined;
}

/**
 * Sets policies for something that is about to be made. Without an authority there is no default: what has none then lets nobody
 * pass, and a warning says so.
 * @throws OckamError OCKAM_NODE_INVALID_POLICY; nothing is set then
 */
export function kafkaPolicies(policies: Policies, needed: readonly NeededPolicy[]): SetPolicies {
  const undos: (() => void)[] = [];
  const undo = (): void => undos.toReversed().forEach((each) => each());
  try {
    for (const { allow, resource } of needed)
      if (allow !== undefined) undos.push(policies.setForNew(resource.name, allow));
  } catch (error) {
    undo();
    throw error;
  }
  const missing = needed.filter(({ resource }) => !policies.isInForce(resource));
  return { undo, warning: missing.length === 0 ? undefined : warningOf(missing) };
}

function warningOf(missing: readonly NeededPolicy[]): string {
  const options = missing.map(({ option }) => option).join(", ");
  return (
    "This node trusts no authority, so nobody is let through as long as no policy says whom: " +
    `give ${options} with identifiers, as in (= subject.identifier "I…"), or let the node trust a project`
  );
}
