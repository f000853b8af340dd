import { equalBytes } from "@ockam/codec";
import type { Log } from "@ockam/codec";
import { verifyCredential } from "@ockam/credentials";
import type { Credential } from "@ockam/credentials";
import type { Identities } from "@ockam/identity";

import { nodeError } from "../node-error.ts";
import type { CredentialKey, Credentials, StoredCredential } from "./credential-registry.ts";
import type { CredentialSource, CredentialWait } from "./credential-source.ts";

/** How often the state is asked for another credential that was stored there, ms. */
export const STORED_CREDENTIAL_INTERVAL = 2000;

/** What a {@link CachedCredential} works with. */
export interface CachedCredentialOptions {
  readonly key: CredentialKey;
  readonly identities: Identities;
  readonly credentials: Credentials;
  readonly log: Log;
  /** There is another one to present. */
  onNew(): void;
}

/** A credential that somebody stored: `ockam credential store`. It is presented until it expires. */
export class CachedCredential implements CredentialSource {
  readonly renewsAt = undefined;
  readonly #options: CachedCredentialOptions;
  #seen: Uint8Array | undefined;
  #credential: Credential | undefined;
  #failure: Error | undefined;
  #reading: Promise<void> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: CachedCredentialOptions) {
    this.#options = options;
  }

  get lastFailure(): Error | undefined {
    return this.#failure;
  }

  current(): Credential | undefined {
    const { identities } = this.#options;
    return this.#credential !== undefined && this.#credential.expiresAt > identities.now()
      ? this.#credential
      : undefined;
  }

  async look(): Promise<Credential | undefined> {
    await this.#read();
    return this.current();
  }

  async obtain({ signal }: CredentialWait): Promise<Credential> {
    const credential = await this.look();
    signal?.throwIfAborted();
    if (credential !== undefined) return credential;
    throw this.#failure ?? missing(this.#options.key);
  }

  start(): void {
    void this.#read();
    this.#timer ??= setInterval(() => void this.#read(), STORED_CREDENTIAL_INTERVAL);
    this.#timer.unref?.();
  }

  onChanged(): void {}

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read(): Promise<void> {
    this.#reading ??= this.#look().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #look(): Promise<void> {
    const { credentials, identities, key, log } = this.#options;
    let stored: StoredCredential | undefined;
    try {
      stored = credentials.find(key);
    } catch (error) {
      // The one that was read before is good until it expires.
      log({ level: "warn", area: "trust", message: "the stored credential cannot be read", error });
      return;
    }
    if (stored === undefined) {
      this.#failure = missing(key);
      this.#seen = undefined;
      this.#credential = undefined;
      return;
    }
    if (stored.expiresAt <= identities.now()) {
      this.#failure = nodeError(
        "NO_CREDENTIAL",
        `the credential in the scope ${key.scope} for ${key.subject.toString()} has expired; store another one with "ockam credential store"`,
      );
      return;
    }
    if (this.#seen !== undefined && equalBytes(this.#seen, stored.encoded)) return;
    this.#seen = stored.encoded;
    try {
      this.#credential = await verifyCredential(identities, stored.encoded, {
        authorities: [key.issuer],
        expectedSubject: key.subject,
      });
      this.#failure = undefined;
      this.#options.onNew();
    } catch (cause) {
      this.#credential = undefined;
      const message = cause instanceof Error ? cause.message : String(cause);
      this.#failure = nodeError(
        "NO_CREDENTIAL",
        `the credential in the scope ${key.scope} cannot be used: ${message}`,
        { cause },
      );
      log({ level: "warn", area: "trust", message: this.#failure.message });
    }
  }
}

function missing({ scope, subject }: CredentialKey): Error {
  return nodeError(
    "NO_CREDENTIAL",
    `there is no credential in the scope ${scope} for ${subject.toString()}; store one with "ockam credential store"`,
    { details: { scope } },
  );
}
