// The connection to an authority that is kept, for renewals and news of members. docs/protocol/trust.md, "The link".
import { isOckamError } from "@ockam/codec";
import type { Log } from "@ockam/codec";
import type { Route, Router } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";

import { Session } from "../sessions/session.ts";
import type { SessionPath } from "../sessions/session.ts";
import type { Revocation } from "./revocations.ts";

/** How long the authority may take to answer a question for news, ms: longer than it waits for some. */
export const NEWS_TIMEOUT = 35_000;
/** The pause after a question that failed, ms. */
export const NEWS_PAUSE = 2000;

/** News of members: see `AuthorityClient.membershipChanges`. */
export interface MembershipNews {
  readonly sequence: number;
  readonly changes: readonly Revocation[];
  /** False: some may be missing, since the authority has forgotten them. */
  readonly complete: boolean;
}

/** What the node asks an authority. */
export interface AuthorityCalls {
  issueCredential(options?: {
    readonly signal?: AbortSignal;
    readonly timeout?: number;
  }): Promise<Uint8Array>;
  /** Waits for news; undefined: the authority has none to offer, ever. */
  membershipChanges(
    since: number | undefined,
    options?: { readonly signal?: AbortSignal; readonly timeout?: number },
  ): Promise<MembershipNews | undefined>;
}

/** A channel to an authority. */
export interface AuthorityPath extends SessionPath {
  readonly client: AuthorityCalls;
  /** The way through the channel. */
  readonly route: Route;
}

/** What an {@link AuthorityLink} works with. */
export interface AuthorityLinkOptions {
  readonly router: Router;
  readonly authority: Identifier;
  readonly log: Log;
  /** Opens a channel to the authority, and to nobody else. */
  connect(signal: AbortSignal): Promise<AuthorityPath>;
  /** How far the authority has been heard before; undefined: never. */
  readonly sequence: number | undefined;
  onNews(news: MembershipNews): void;
  /** The authority can be reached. */
  onReachable(): void;
}

/** One identity's dealings with one authority. */
export class AuthorityLink {
  readonly #options: AuthorityLinkOptions;
  readonly #closing = new AbortController();
  readonly #heard = new WeakSet<AuthorityPath>();
  #sequence: number | undefined;
  #session: Session<AuthorityPath> | undefined;
  #isOffered: boolean | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: AuthorityLinkOptions) {
    this.#options = options;
    this.#sequence = options.sequence;
    // It was, before: an authority that has no news at present does not say so at once.
    if (options.sequence !== undefined) this.#isOffered = true;
  }

  /** Whether news of members are heard at once. */
  get state(): "followed" | "not offered" | "not followed" {
    if (this.#isOffered === false) return "not offered";
    return this.#session?.path !== undefined && this.#isOffered === true ? "followed" : "not followed";
  }

  /** Why news are not heard; undefined while they are, or when there are none to hear. */
  get lastFailure(): Error | undefined {
    return this.state === "not followed" ? this.#session?.lastFailure : undefined;
  }

  /** Asks for a credential, over the kept channel if there is one. */
  async issueCredential(signal: AbortSignal): Promise<Uint8Array> {
    const kept = this.#session?.path;
    if (kept !== undefined) {
      try {
        return await kept.client.issueCredential({ signal });
      } catch (error) {
        if (signal.aborted || !isOckamError(error, "OCKAM_AUTHORITY_UNANSWERED")) throw error;
        this.#session?.suspect();
      }
    }
    const path = await this.#options.connect(signal);
    try {
      return await path.client.issueCredential({ signal });
    } finally {
      await path.close();
    }
  }

  /** Keeps a channel open from now on, and hears what the authority says about members. */
  follow(): void {
    if (this.#session !== undefined || this.#closing.signal.aborted || this.#isOffered === false) return;
    const { authority, log, router } = this.#options;
    const session = new Session<AuthorityPath>({
      router,
      name: `authority ${authority.toString()}`,
      log,
      open: (signal) => this.#options.connect(signal),
      onUp: (path) => {
        this.#options.onReachable();
        void this.#listen(session, path);
      },
      onDown: () => {},
    });
    this.#session = session;
    session.start();
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#closed ??= this.#session?.close() ?? Promise.resolve();
    return this.#closed;
  }

  /** Hears what the authority says as long as the path is there. */
  async #listen(session: Session<AuthorityPath>, path: AuthorityPath): Promise<void> {
    // It may go down and come up again.
    if (this.#heard.has(path)) return;
    this.#heard.add(path);
    const ended = new AbortController();
    void path.closed.then(() => ended.abort());
    const signal = AbortSignal.any([this.#closing.signal, ended.signal]);
    while (!signal.aborted) {
      try {
        if (this.#sequence === undefined) await this.#begin(path, signal);
        if (signal.aborted) return;
        if (this.#sequence === undefined) {
          this.#isOffered = false;
          this.#session = undefined;
          await session.close();
          return;
        }
        await this.#hear(path, this.#sequence, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#report(error);
        if (isOckamError(error, "OCKAM_AUTHORITY_UNANSWERED")) session.suspect();
        await pause(NEWS_PAUSE, signal);
      }
    }
  }

  /** Asks whether there are news at all, and then for all that the authority has. */
  async #begin({ client }: AuthorityPath, signal: AbortSignal): Promise<void> {
    const present = await client.membershipChanges(undefined, { signal });
    if (present === undefined || signal.aborted) return;
    this.#isOffered = true;
    const news = (await this.#all(client, signal)) ?? present;
    // Nothing was heard before that could be out of date now.
    this.#options.onNews({ ...news, complete: true });
    this.#sequence = news.sequence;
  }

  /** What the authority still has; undefined when that is too much: what was issued before it will have expired soon. */
  async #all(client: AuthorityCalls, signal: AbortSignal): Promise<MembershipNews | undefined> {
    try {
      return await client.membershipChanges(0, { signal, timeout: NEWS_TIMEOUT });
    } catch (error) {
      signal.throwIfAborted();
      this.#report(error);
      return undefined;
    }
  }

  async #hear({ client }: AuthorityPath, since: number, signal: AbortSignal): Promise<void> {
    const askedAt = performance.now();
    const news = await client.membershipChanges(since, { signal, timeout: NEWS_TIMEOUT });
    if (news === undefined || signal.aborted) return;
    this.#options.onNews(news);
    this.#sequence = news.sequence;
    // An authority that has much to do does not wait until there are some.
    if (news.changes.length === 0 && performance.now() - askedAt < NEWS_PAUSE)
      await pause(NEWS_PAUSE, signal);
  }

  #report(error: unknown): void {
    const message = `the authority ${this.#options.authority.toString()} does not say what changed`;
    this.#options.log({ level: "debug", area: "trust", message, error });
  }
}

function pause(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, time);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}
