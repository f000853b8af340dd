// Who may what. docs/protocol/authority.md, "Roles".
import type { Attributes } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";

import type { AuthorityOptions } from "./authority.ts";
import { ENROLLER, PROJECT_NODE_ATTRIBUTE, ROLE_ATTRIBUTE } from "./constants.ts";
import { isMember } from "./membership-storage.ts";
import type { StoredMember } from "./membership-storage.ts";

/** What a caller is. */
export interface Role {
  readonly member: StoredMember | undefined;
  /** Holds a credential of the account authority for this project: member, enroller and admin without being listed. */
  readonly isAccountAdmin: boolean;
  /** May list, add and remove members, and make one-time codes. */
  readonly isEnroller: boolean;
  /** May make and remove enrollers. */
  readonly isAdmin: boolean;
}

/** Whether these attributes make an enroller. */
export function makesEnroller(attributes: Attributes): boolean {
  return attributes.text(ROLE_ATTRIBUTE) === ENROLLER;
}

/** Whether these attributes are those of the project's node. */
export function isProjectNode(attributes: Attributes | undefined): boolean {
  return attributes?.text(PROJECT_NODE_ATTRIBUTE) === "true";
}

type RolesOptions = Pick<
  AuthorityOptions,
  "storage" | "accountAuthority" | "enforceAdminChecks" | "projectIdentifier"
> & { readonly now: () => number };

/** Says who a caller is. */
export class Roles {
  readonly #options: RolesOptions;

  constructor(options: RolesOptions) {
    this.#options = options;
  }

  async of(caller: Identifier): Promise<Role> {
    const { accountAuthority, enforceAdminChecks, storage } = this.#options;
    const known = await storage.find(caller);
    const member = known !== undefined && isMember(known, this.#options.now()) ? known : undefined;
    const isAccountAdmin = await this.#isAccountAdmin(caller);
    const isEnroller = isAccountAdmin || (member !== undefined && makesEnroller(member.attributes));
    const isStrict = accountAuthority !== undefined && enforceAdminChecks === true;
    return { member, isAccountAdmin, isEnroller, isAdmin: isStrict ? isAccountAdmin : isEnroller };
  }

  async #isAccountAdmin(caller: Identifier): Promise<boolean> {
    const { accountAuthority, now, projectIdentifier } = this.#options;
    if (accountAuthority === undefined) return false;
    const { attributes, identifier } = accountAuthority;
    const entry = await attributes.get(caller, identifier, now());
    return entry?.attributes.text("project") === projectIdentifier;
  }
}
