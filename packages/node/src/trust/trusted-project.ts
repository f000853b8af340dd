import type { Identifier } from "@ockam/identity";

/** What has to be known of a project in order to trust its authority and to be a member. */
export interface TrustedProject {
  readonly id: string;
  readonly name: string;
  /** The identity of the node at {@link accessRoute}. */
  readonly identifier: Identifier;
  /** A multiaddress that ends in the listener of the project's node. */
  readonly accessRoute: string;
  readonly authorityIdentifier: Identifier;
  readonly authorityChangeHistory: Uint8Array;
  /** A multiaddress that ends in the listener of the authority's node. */
  readonly authorityRoute: string;
}
