// The own credential, fetched from the authority and renewed. docs/protocol/trust.md, "Renewal".
import { equalBytes, isOckamError } from "@ockam/codec";
import type { Log } from "@ockam/codec";
import { verifyCredential } from "@ockam/credentials";
import type { Credential } from "@ockam/credentials";
import type { Identities } from "@ockam/identity";

import { nodeError } from "../node-error.ts";
import type { CredentialKey, Credentials } from "./credential-registry.ts";
import type { CredentialSource, CredentialWait } from "./credential-source.ts";

/** A credential is renewed after at least this part of its lifetime… */
export const EARLIEST_RENEWAL = 0.5;
/** … and at most this one: when is left to chance, so that members do not all come at once. */
export const LATEST_RENEWAL = 0.7;
/** The longest time between two renewals, ms, however long credentials live. */
export const MAX_RENEWAL_INTERVAL: number = 24 * 3600 * 1000;
/** The shortest time between two renewals, ms. */
export const MIN_RENEWAL_INTERVAL = 500;
/** How long the authority may take to answer, ms. */
export const FETCH_TIMEOUT = 10_000;
/** The first pause after a failed attempt, ms. It doubles with each further failure. */
export const MIN_FETCH_PAUSE = 250;
/** The longest pause while there is a valid credential, ms, and no more than this part of its lifetime. */
export const MAX_FETCH_PAUSE = 10_000;
/** The part of a credential's lifetime that a pause may take. */
export const FETCH_PAUSE_PART = 0.1;
/** The longest pause while there is no valid credential, ms: the node is waiting for the authority then. */
export const MAX_FETCH_PAUSE_WITHOUT = 3000;
/** Within this time a failure stands for the next attempt, ms. */
export const FAILURE_MEMORY = 500;

/** What a {@link RemoteCredential} works with. */
export interface RemoteCredentialOptions {
  readonly key: CredentialKey;
  readonly identities: Identities;
  /** Shared with the other nodes of the state: what one has renewed, the others use. */
  readonly credentials: Credentials;
  readonly log: Log;
  /** The authority, for error messages: a route. */
  readonly route: string;
  /** Asks the authority for a credential. */
  fetch(signal: AbortSignal): Promise<Uint8Array>;
  /** There is another one to present. */
  onNew(): void;
  /** What was issued in that second or before is void. */
  readonly changedAt?: number | undefined;
  /** Between 0 and 1; `Math.random` by default. */
  readonly random?: () => number;
}

/** One identity's membership credential. It fetches the first one when it is asked for it, or told to start. */
export class RemoteCredential implements CredentialSource {
  readonly #options: RemoteCredentialOptions;
  readonly #random: () => number;
  readonly #closing = new AbortController();
  #credential: Credential | undefined;
  #failure: Error | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  /** ms since 1970. */
  #renewsAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt: Promise<void> | undefined;
  #loaded: Promise<void> | undefined;
  #isKept = false;
  /** Credentials made in that second or before are void. */
  #changedAt: number;

  constructor(options: RemoteCredentialOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#changedAt = options.changedAt ?? Number.NEGATIVE_INFINITY;
  }

  get lastFailure(): Error | undefined {
    return this.#failure;
  }

  get renewsAt(): number | undefined {
    return this.#renewsAt === undefined ? undefined : Math.round(this.#renewsAt / 1000);
  }

  current(): Credential | undefined {
    const credential = this.#credential;
    return credential !== undefined && credential.expiresAt > this.#options.identities.now()
      ? credential
      : undefined;
  }

  async look(): Promise<Credential | undefined> {
    await this.#load();
    return this.current();
  }

  async obtain(wait: CredentialWait): Promise<Credential> {
    await this.#load();
    if (this.current() === undefined) {
      wait.signal?.throwIfAborted();
      const isFresh = performance.now() - this.#failedAt < FAILURE_MEMORY;
      if (this.#attempt !== undefined || !isFresh) await within(this.#renew(), wait);
    }
    wait.signal?.throwIfAborted();
    const credential = this.current();
    if (credential !== undefined) return credential;
    throw this.#explained();
  }

  start(): void {
    if (this.#isKept) return;
    this.#isKept = true;
    void this.#load().then(() => this.#schedule());
  }

  /** The authority can be reached again: what could not be fetched before is fetched now. */
  onReachable(): void {
    if (this.#failure !== undefined && this.#isKept) void this.#renew();
  }

  onChanged(changedAt: number): void {
    this.#changedAt = Math.max(this.#changedAt, changedAt);
    if (this.#credential !== undefined && this.#credential.createdAt > changedAt) return;
    // An attempt that is under way may bring one that is void already: another one follows it.
    void (this.#attempt ?? Promise.resolve()).then(() => {
      if (this.#isStale() && !this.#closing.signal.aborted) return this.#renew();
      return undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(nodeError("CLOSED", "the node was closed"));
    clearTimeout(this.#timer);
    await this.#attempt;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #isStale(): boolean {
    return this.#credential === undefined || this.#credential.createdAt <= this.#changedAt;
  }

  /** What was stored before the node started. */
  #load(): Promise<void> {
    this.#loaded ??= this.#adopt().then(() => {});
    return this.#loaded;
  }

  /** Takes the credential in the state over if it is another one and holds up; says whether it did. */
  async #adopt(): Promise<boolean> {
    const { credentials, identities, key, log } = this.#options;
    try {
      const stored = credentials.find(key);
      if (stored === undefined || stored.expiresAt <= identities.now()) return false;
      if (this.#credential !== undefined && equalBytes(this.#credential.encoded, stored.encoded))
        return false;
      const credential = await this.#verified(stored.encoded);
      if (credential.createdAt <= this.#changedAt) return false;
      if (this.#credential !== undefined && this.#credential.createdAt >= credential.createdAt) return false;
      const elapsed = Math.max(0, identities.now() - credential.createdAt);
      this.#take(credential, elapsed * 1000);
      return true;
    } catch (error) {
      // The next one that is fetched takes its place.
      log({ level: "warn", area: "trust", message: "a stored credential cannot be used", error });
      return false;
    }
  }

  #renew(): Promise<void> {
    this.#attempt ??= this.#try().finally(() => {
      this.#attempt = undefined;
      if (this.#isKept) this.#schedule();
    });
    return this.#attempt;
  }

  /** Never throws: why there is no credential is told by {@link lastFailure}. */
  async #try(): Promise<void> {
    const { credentials, key } = this.#options;
    const { signal } = this.#closing;
    try {
      signal.throwIfAborted();
      // Another node with this identity may have been faster.
      if ((await this.#adopt()) && (this.#renewsAt ?? 0) > Date.now()) return;
      const encoded = await this.#options.fetch(
        AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT)]),
      );
      const credential = await this.#verified(encoded);
      signal.throwIfAborted();
      credentials.put({ ...key, encoded: credential.encoded, expiresAt: credential.expiresAt });
      this.#take(credential, 0);
    } catch (error) {
      if (signal.aborted) return;
      const failure = error instanceof Error ? error : new Error(String(error));
      const isNews = codeOf(failure) !== codeOf(this.#failure);
      this.#failure = failure;
      this.#failedAt = performance.now();
      this.#failures += 1;
      if (isNews) this.#report("warn", `no new credential from ${this.#options.route}`, failure);
    }
  }

  #verified(encoded: Uint8Array): Promise<Credential> {
    const { identities, key } = this.#options;
    return verifyCredential(identities, encoded, {
      authorities: [key.issuer],
      expectedSubject: key.subject,
    });
  }

  /** `elapsed`: how old it is, ms. One that has just been made is so by whatever clock. */
  #take(credential: Credential, elapsed: number): void {
    this.#credential = credential;
    this.#failure = undefined;
    this.#failures = 0;
    this.#renewsAt = Date.now() + Math.max(0, this.#share(credential) - elapsed);
    const until = new Date(credential.expiresAt * 1000).toISOString();
    this.#report("debug", `has a credential until ${until}`);
    this.#options.onNew();
  }

  /** After how much of its life it is renewed, ms. */
  #share({ createdAt, expiresAt }: Credential): number {
    const part = EARLIEST_RENEWAL + (LATEST_RENEWAL - EARLIEST_RENEWAL) * this.#random();
    const lifetime = (expiresAt - createdAt) * 1000;
    // Its times are whole seconds: it may be a second older than it says.
    const share = part * Math.max(lifetime - 1000, lifetime / 2);
    return Math.min(Math.max(share, MIN_RENEWAL_INTERVAL), MAX_RENEWAL_INTERVAL);
  }

  #schedule(): void {
    if (this.#closing.signal.aborted || !this.#isKept) return;
    clearTimeout(this.#timer);
    const pause =
      this.#failures > 0
        ? this.#pause()
        : Math.max(0, (this.#renewsAt ?? Number.NEGATIVE_INFINITY) - Date.now());
    this.#timer = setTimeout(() => void this.#renew(), Math.min(pause, MAX_RENEWAL_INTERVAL));
    this.#timer.unref?.();
  }

  #pause(): number {
    const credential = this.current();
    const longest =
      credential === undefined
        ? MAX_FETCH_PAUSE_WITHOUT
        : Math.min(MAX_FETCH_PAUSE, FETCH_PAUSE_PART * (credential.expiresAt - credential.createdAt) * 1000);
    const pause = Math.min(MIN_FETCH_PAUSE * 2 ** Math.min(this.#failures - 1, 16), longest);
    return pause * (1 - 0.25 * this.#random());
  }

  #explained(): Error {
    const { key, route } = this.#options;
    const reason = this.#failure?.message ?? "it has not answered yet";
    return nodeError(
      "NO_CREDENTIAL",
      `there is no credential for ${key.subject.toString()} from the authority ${key.issuer.toString()} at ${route}: ${reason}`,
      { cause: this.#failure, details: { authority: key.issuer.toString(), route } },
    );
  }

  #report(level: "debug" | "warn", message: string, error?: unknown): void {
    const subject = this.#options.key.subject.toString();
    this.#options.log({ level, area: "trust", message: `${subject}: ${message}`, error });
  }
}

function codeOf(failure: Error | undefined): string | undefined {
  return isOckamError(failure) ? failure.code : failure?.message;
}

/** Waits for work that goes on in any case. */
function within(work: Promise<void>, { signal, timeout }: CredentialWait): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, timeout);
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    }
    signal?.addEventListener("abort", end, { once: true });
    void work.then(end);
  });
}
