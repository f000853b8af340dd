import { Attributes, issueCredential } from "@ockam/credentials";
import type { Credential } from "@ockam/credentials";
import { createIdentities } from "@ockam/identity";
import type { Identifier, Identities } from "@ockam/identity";

/** An authority without a node: it issues credentials by hand. */
export class Issuer {
  readonly identities: Identities;
  readonly identifier: Identifier;
  readonly changeHistory: Uint8Array;

  private constructor(identities: Identities, identifier: Identifier, changeHistory: Uint8Array) {
    this.identities = identities;
    this.identifier = identifier;
    this.changeHistory = changeHistory;
  }

  /** `now`: seconds since 1970. */
  static async create(now?: () => number): Promise<Issuer> {
    const identities = createIdentities(now === undefined ? {} : { now });
    const { identifier, changeHistory } = await identities.create();
    return new Issuer(identities, identifier, changeHistory);
  }

  /** `subject`: the change history of the member; `ttl`: s. */
  async issue(
    subject: Uint8Array,
    attributes: Readonly<Record<string, string>>,
    ttl: number,
  ): Promise<Credential> {
    const { identifier } = await this.identities.import(subject);
    return issueCredential(this.identities, {
      issuer: this.identifier,
      subject: identifier,
      attributes: Attributes.of(attributes),
      ttl,
    });
  }
}
