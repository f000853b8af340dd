/** What makes a node an authority's: it issues the credentials of one project's members, and does nothing else. */
export interface AuthoritySettings {
  /** Stands in the credentials as `trust_context_id`. */
  readonly projectIdentifier: string;
  /** Members that the owner of the node names: identifier → attribute → value. */
  readonly trustedIdentities: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Seconds that credentials are valid; the authority's default when absent. */
  readonly credentialLifetime?: number;
  /** Members can be listed, added and removed; true by default. */
  readonly directAuthentication?: boolean;
  /** Tickets can be made and redeemed; true by default. */
  readonly tokenEnrollment?: boolean;
  /** Change history in hex of the authority whose credentials with `project=<projectIdentifier>` make administrators. */
  readonly accountAuthority?: string;
  /** Only those administrators may make enrollers; false by default. */
  readonly enforceAdminChecks?: boolean;
  /** Credentials have `trust_context_id`; true by default. */
  readonly trustContextId?: boolean;
  /** The project that its members learn about from it; nobody learns anything when absent. */
  readonly project?: AuthorityProject;
}

/** A project as its authority knows it. */
export interface AuthorityProject {
  readonly name: string;
  /** Where members reach the authority: a multiaddress that ends in `/service/api`. */
  readonly authorityRoute: string;
  /** The node that hosts the project's relays; absent until it has registered. */
  readonly node?: ProjectNode;
}

/** The node that hosts a project's relays. */
export interface ProjectNode {
  /** A multiaddress that ends in `/service/<project id>/service/api`. */
  readonly accessRoute: string;
  /** Its change history in hex. */
  readonly changeHistory: string;
}
