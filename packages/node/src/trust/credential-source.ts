import type { Credential } from "@ockam/credentials";

/** How long to wait for a credential. */
export interface CredentialWait {
  /** ms. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** Where the own credential of one identity comes from. docs/protocol/trust.md, "The own credential" */
export interface CredentialSource extends AsyncDisposable {
  /** The one to present at present, as far as this process has looked; undefined while there is none. */
  current(): Credential | undefined;
  /** The one to present at present, after a look at the state: somebody may have stored one a moment ago. */
  look(): Promise<Credential | undefined>;
  /**
   * The one to present, after waiting for it if necessary.
   * @throws OckamError OCKAM_NODE_NO_CREDENTIAL that says why there is none; the signal's reason
   */
  obtain(wait: CredentialWait): Promise<Credential>;
  /** When it will be renewed, in seconds since 1970; undefined when it will not. */
  readonly renewsAt: number | undefined;
  /** Why there is none, or no newer one. */
  readonly lastFailure: Error | undefined;
  /** Begins to keep it fresh. */
  start(): void;
  /** The authority says that the subject changed in that second: a credential made later is wanted at once. */
  onChanged(changedAt: number): void;
  close(): Promise<void>;
}
