import type { AttributeStorage } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";
import type { SecureChannel, SecureChannelOptions } from "@ockam/secure-channel";

import type { NodeGround } from "../node-core.ts";
import type { TrustStatus } from "../status/node-status.ts";
import { sqliteAttributeStorage } from "../state/sqlite-attribute-storage.ts";
import type { TrustedProject } from "./trusted-project.ts";

/** What a channel has to know of the node's trust. */
export type ChannelTerms = Pick<SecureChannelOptions, "authority" | "attributeStorage" | "credential">;

/** Whom a node believes, and what it shows of itself. docs/protocol/trust.md */
export class NodeTrust {
  /** Whose credentials count; undefined: nobody's. */
  readonly authority: Identifier | undefined;
  /** What is attested about others at present. */
  readonly attributes: AttributeStorage;

  constructor({ state }: NodeGround) {
    this.authority = undefined;
    this.attributes = sqliteAttributeStorage(state.database);
  }

  /** For a channel that the node opens, or a listener. `forProject`: what leads to that project's node. */
  async channelTerms(_identityName: string, _forProject?: TrustedProject): Promise<ChannelTerms> {
    return {};
  }

  /** Refreshes the credential on a channel whenever the own one is renewed. */
  watch(_channel: SecureChannel, _identityName: string, _forProject?: TrustedProject): void {}

  /**
   * Calls `listener` when what is attested about a subject changed, lapsed or was revoked; without a subject, when that
   * may have happened to anybody.
   * @returns a function that ends it.
   */
  onChange(_listener: (subject: Identifier | undefined) => void): () => void {
    return () => {};
  }

  status(): TrustStatus {
    return {
      project: null,
      authority: null,
      authority_route: null,
      credential: null,
      membership_changes: null,
      last_failure: null,
    };
  }

  async close(): Promise<void> {}
}
