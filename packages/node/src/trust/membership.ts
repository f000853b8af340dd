// What one of the node's identities is to one authority: the credential, the link, and the channels that present it.
import { isOckamError } from "@ockam/codec";
import type { Identifier } from "@ockam/identity";
import type { SecureChannel } from "@ockam/secure-channel";

import type { NodeGround } from "../node-core.ts";
import type { AttestedAttributes } from "./attested-attributes.ts";
import { AuthorityLink } from "./authority-link.ts";
import type { AuthorityPath, MembershipNews } from "./authority-link.ts";
import { CachedCredential } from "./cached-credential.ts";
import type { CredentialSource } from "./credential-source.ts";
import { NoCredential } from "./no-credential.ts";
import { RemoteCredential } from "./remote-credential.ts";
import type { TrustAnchor } from "./trust-anchor.ts";

/** Renewed credentials go out on all channels within this time, ms, or this part of their lifetime if that is less. */
export const REFRESH_SPREAD = 1000;
/** The part of a credential's lifetime within which all channels are refreshed. */
export const REFRESH_SPREAD_PART = 0.05;
/** The pause before a refresh that could not be sent is tried again, ms. */
export const REFRESH_PAUSE = 1000;
/** How often it is tried. */
export const REFRESH_ATTEMPTS = 5;

/** What a {@link Membership} works with. */
export interface MembershipOptions {
  readonly ground: NodeGround;
  readonly identityName: string;
  readonly anchor: TrustAnchor;
  readonly attributes: AttestedAttributes;
  /** Opens a channel of the identity to the authority at the anchor's route. */
  connect(signal: AbortSignal): Promise<AuthorityPath>;
}

/** One identity of the node as a member of one authority's. */
export class Membership {
  readonly source: CredentialSource;
  /** Undefined: it presents nothing. */
  readonly scope: string | undefined;
  readonly #options: MembershipOptions;
  readonly #subject: Identifier;
  readonly #channels = new Set<SecureChannel>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #link: AuthorityLink | undefined;

  constructor(options: MembershipOptions) {
    const { anchor, attributes, ground, identityName } = options;
    const { authority, route, scope } = anchor;
    const { identities, identifier } = ground.state.identities.open(identityName);
    this.#options = options;
    this.#subject = identifier;
    this.scope = scope;
    const common = {
      identities,
      credentials: ground.state.credentials,
      log: ground.log,
      onNew: () => this.#refreshAll(),
    };
    const key = scope === undefined ? undefined : { subject: identifier, issuer: authority, scope };
    if (route === undefined) {
      this.source = key === undefined ? new NoCredential() : new CachedCredential({ ...common, key });
      return;
    }
    const link = new AuthorityLink({
      router: ground.router,
      authority,
      log: ground.log,
      connect: (signal) => options.connect(signal),
      sequence: attributes.sequence(authority),
      onNews: (news) => this.#onNews(news),
      onReachable: () => remote?.onReachable(),
    });
    const remote =
      key === undefined
        ? undefined
        : new RemoteCredential({
            ...common,
            key,
            route,
            fetch: (signal) => link.issueCredential(signal),
            changedAt: attributes.changedAt(authority, identifier),
          });
    this.#link = link;
    this.source = remote ?? new NoCredential();
  }

  /** Whether news of members are heard; undefined where there is nobody to ask. */
  get news(): AuthorityLink["state"] | undefined {
    return this.#link?.state;
  }

  /** Why there is no new credential, or else why the authority is not reached. */
  get lastFailure(): Error | undefined {
    return this.source.lastFailure ?? this.#link?.lastFailure;
  }

  /** Keeps the credential fresh from now on, and listens to the authority. */
  start(): void {
    this.source.start();
    this.#link?.follow();
  }

  /** Sends renewed credentials to the peer of a channel as long as it is open. */
  watch(channel: SecureChannel): void {
    this.#channels.add(channel);
    void channel.closed.then(() => this.#channels.delete(channel));
    // It may have been renewed between the handshake and now.
    void this.#refresh(channel, REFRESH_ATTEMPTS);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#channels.clear();
    await this.#link?.close();
    await this.source.close();
  }

  #onNews({ changes, complete, sequence }: MembershipNews): void {
    const { anchor, attributes } = this.#options;
    attributes.revoke(anchor.authority, { changes, sequence, all: !complete });
    for (const { changedAt, subject } of changes)
      if (subject.equals(this.#subject)) this.source.onChanged(changedAt);
  }

  #refreshAll(): void {
    const credential = this.source.current();
    if (credential === undefined) return;
    const lifetime = (credential.expiresAt - credential.createdAt) * 1000;
    const spread = Math.min(REFRESH_SPREAD, REFRESH_SPREAD_PART * lifetime);
    for (const channel of this.#channels)
      this.#later(Math.random() * spread, () => this.#refresh(channel, REFRESH_ATTEMPTS));
  }

  async #refresh(channel: SecureChannel, attempts: number): Promise<void> {
    if (!this.#channels.has(channel)) return;
    try {
      await channel.refreshCredential();
    } catch (error) {
      if (isOckamError(error, "OCKAM_SECURE_CHANNEL_CLOSED")) return;
      if (attempts > 1) {
        this.#later(REFRESH_PAUSE, () => this.#refresh(channel, attempts - 1));
        return;
      }
      const message = `the renewed credential could not be sent to ${channel.peer.toString()}`;
      this.#options.ground.log({ level: "warn", area: "trust", message, error });
    }
  }

  #later(delay: number, action: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void action();
    }, delay);
    this.#timers.add(timer);
  }
}
