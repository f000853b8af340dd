import type { Identifier, Identity, Identities } from "@ockam/identity";
import type { Vault } from "@ockam/vault";

import type { AuthoritySettings } from "../authority/authority-settings.ts";
import type { Credentials } from "../trust/credential-registry.ts";
import type { TrustOptions } from "../trust/trust-options.ts";
import type { Projects } from "../projects/project-registry.ts";

/**
 * The state folder of one user: what commands and nodes share. Calls are synchronous but for those that use keys; any
 * number of processes may have it open at once. docs/node.md
 */
export interface State extends Disposable {
  /** `OCKAM_HOME`, absolute. */
  readonly home: string;
  readonly vaults: NamedVaults;
  readonly identities: NamedIdentities;
  readonly nodes: NodeRecords;
  readonly projects: Projects;
  /** Own credentials, for nodes to present. */
  readonly credentials: Credentials;
  /** A pause-free way out: files are closed, nothing is lost. */
  close(): void;
}

/** Options of `openState`. */
export interface OpenStateOptions {
  /** `process.env.OCKAM_HOME`, else `~/.ockam`. Created when it is not there. */
  readonly home?: string;
  /** Keeps everything in memory and touches no file. */
  readonly inMemory?: boolean;
}

/** A vault of the state, by its name. */
export interface NamedVault {
  readonly name: string;
  readonly isDefault: boolean;
  /** Absolute path of its own file; undefined when it lives in the main database. */
  readonly path: string | undefined;
}

/** The vaults by name. The first one lives in the main database and is the default. */
export interface NamedVaults {
  /**
   * Name: `default` for the first one, else random. `path`: a file that does not exist yet.
   * @throws OckamError OCKAM_NODE_VAULT_EXISTS, OCKAM_NODE_FILE_EXISTS
   */
  create(options?: { readonly name?: string; readonly path?: string }): NamedVault;
  /** @throws OckamError OCKAM_NODE_VAULT_NOT_FOUND */
  get(name: string): NamedVault;
  /** The default vault, created when there is none. */
  getDefault(): NamedVault;
  list(): readonly NamedVault[];
  /** @throws OckamError OCKAM_NODE_VAULT_NOT_FOUND, OCKAM_NODE_VAULT_NOT_MOVABLE, OCKAM_NODE_FILE_EXISTS, OCKAM_NODE_FILE_UNAVAILABLE */
  move(name: string, path: string): NamedVault;
  /** @throws OckamError OCKAM_NODE_VAULT_NOT_FOUND, OCKAM_NODE_VAULT_IN_USE (details.identities) */
  delete(name: string): void;
  /** Its keys in use. */
  open(name: string): Vault;
}

/** An identity of the state, by its name. */
export interface NamedIdentity {
  readonly name: string;
  readonly identifier: Identifier;
  readonly vaultName: string;
  readonly isDefault: boolean;
}

/** The identities by name. The first one is the default. */
export interface NamedIdentities {
  /**
   * Creates an identity, or returns the one that has the name. Name: random by default; vault: the default one, created
   * when it is missing.
   */
  create(options?: { readonly name?: string; readonly vault?: string }): Promise<NamedIdentity>;
  /**
   * Stores the change history of somebody else, or of an own key kept elsewhere, under a name.
   * @throws OckamError of `Identities.import`, OCKAM_NODE_IDENTITY_EXISTS
   */
  import(changeHistory: Uint8Array, options?: { readonly name?: string }): Promise<NamedIdentity>;
  /** @throws OckamError OCKAM_NODE_IDENTITY_NOT_FOUND */
  get(name: string): NamedIdentity;
  find(name: string): NamedIdentity | undefined;
  findDefault(): NamedIdentity | undefined;
  /** The default identity, created when there is none. */
  getDefault(): Promise<NamedIdentity>;
  /** @throws OckamError OCKAM_NODE_IDENTITY_NOT_FOUND, OCKAM_NODE_ALREADY_DEFAULT */
  setDefault(name: string): void;
  list(): readonly NamedIdentity[];
  /** Its keys go with it. @throws OckamError OCKAM_NODE_IDENTITY_NOT_FOUND, OCKAM_NODE_IDENTITY_IN_USE (details.nodes) */
  delete(name: string): Promise<void>;
  /** Nodes that have it keep it. @throws OckamError OCKAM_NODE_IDENTITY_NOT_FOUND, OCKAM_NODE_IDENTITY_EXISTS, OCKAM_NODE_IDENTITY_IN_USE (by a listener, channel or inlet), OCKAM_NODE_INVALID_NAME */
  rename(name: string, to: string): NamedIdentity;
  /**
   * Gives it a new key, which the old one signs; the old one is deleted. Whoever is killed meanwhile leaves the old or
   * the new key in use. Running nodes use the new one from their next channel on.
   * @throws OckamError OCKAM_NODE_IDENTITY_NOT_FOUND, OCKAM_IDENTITY_KEY_NOT_FOUND for one that is only known by its
   * history, OCKAM_IDENTITY_TOO_MANY_CHANGES, OCKAM_IDENTITY_FORK when another rotation came first
   */
  rotate(name: string, options?: { readonly revokePurposeKeys?: boolean }): Promise<Identity>;
  /** Its changes, verified: for `identity show --full`; `changeHistory` is what `--encoding hex` prints. */
  identity(name: string): Promise<Identity>;
  /** To sign, to issue credentials and to open channels with the keys of the named identity's vault. */
  open(name: string): { readonly identities: Identities; readonly identifier: Identifier };
}

/** What a node is started with again. */
export interface StoredNodeOptions {
  /** `host:port`; `127.0.0.1:0` by default. */
  readonly tcpListenerAddress: string;
  /** `auto`: 127.0.0.1:23345, else any free port. `off`, or an exact `ip:port`. */
  readonly statusEndpoint: string;
  /** Makes the node an authority's; absent for all others. */
  readonly authority?: AuthoritySettings;
  /** The id of the project whose relays the node hosts: members reach its `api` through a worker of that name, too. */
  readonly hostedProject?: string;
  /** Absent: the authority of the project that is the default when it starts. */
  readonly trust?: TrustOptions;
}

/** What the state knows of a node, whether it runs or not. */
export interface NodeRecord {
  readonly name: string;
  readonly identityName: string;
  readonly isDefault: boolean;
  /** `zombie`: the process has ended but its parent has not noticed. */
  readonly status: "running" | "stopped" | "zombie";
  /** The process, when there is one. */
  readonly pid: number | undefined;
  /** Where the TCP listener really listens, or listened last. */
  readonly tcpListenerAddress: string | undefined;
  readonly statusEndpointAddress: string | undefined;
  readonly options: StoredNodeOptions;
}

/** The nodes by name. */
export interface NodeRecords {
  /** @throws OckamError OCKAM_NODE_UNKNOWN_NODE */
  get(name: string): NodeRecord;
  find(name: string): NodeRecord | undefined;
  findDefault(): NodeRecord | undefined;
  list(): readonly NodeRecord[];
  /** The name for `node create` without one: that of the default node if it is stopped, else random. */
  nextName(): string;
  /** @throws OckamError OCKAM_NODE_UNKNOWN_NODE, OCKAM_NODE_ALREADY_DEFAULT */
  setDefault(name: string): void;
  /**
   * Forgets a stopped node and its folder; another one becomes the default.
   * @throws OckamError OCKAM_NODE_UNKNOWN_NODE, OCKAM_NODE_STILL_RUNNING
   */
  delete(name: string): void;
}
