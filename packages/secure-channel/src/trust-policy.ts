import type { Identifier } from "@ockam/identity";

/**
 * Decides with whom this identity talks, by identifier alone: the peer has proved that it holds that identity's keys.
 * A policy that throws refuses. docs/protocol/secure-channels.md, "Trust".
 */
export interface TrustPolicy {
  isTrusted(peer: Identifier): boolean | Promise<boolean>;
}

/** Accepts every identity. Who may do what is then left to the workers' access control. */
export const trustEveryone: TrustPolicy = { isTrusted: () => true };

/** Accepts exactly these identities; an empty list accepts nobody. */
export function trustIdentifiers(identifiers: Iterable<Identifier>): TrustPolicy {
  const trusted = new Set<string>();
  for (const identifier of identifiers) trusted.add(identifier.hex);
  return { isTrusted: (peer) => trusted.has(peer.hex) };
}

/** Accepts whom both accept; the second is not asked when the first refuses. */
export function bothOf(first: TrustPolicy, second: TrustPolicy): TrustPolicy {
  return { isTrusted: async (peer) => (await first.isTrusted(peer)) && second.isTrusted(peer) };
}

/** Accepts whom either accepts; the second is not asked when the first accepts. */
export function eitherOf(first: TrustPolicy, second: TrustPolicy): TrustPolicy {
  return { isTrusted: async (peer) => (await first.isTrusted(peer)) || second.isTrusted(peer) };
}
