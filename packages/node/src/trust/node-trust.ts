import type { AttributeStorage } from "@ockam/credentials";
import type { Identifier } from "@ockam/identity";
import type { SecureChannel, SecureChannelOptions } from "@ockam/secure-channel";

import type { NodeGround } from "../node-core.ts";
import type { CredentialStatus, TrustStatus } from "../status/node-status.ts";
import { AttestedAttributes } from "./attested-attributes.ts";
import type { AttestationListener } from "./attested-attributes.ts";
import type { AuthorityPath } from "./authority-link.ts";
import { Membership } from "./membership.ts";
import { anchorOf, resolveTrust } from "./trust-anchor.ts";
import type { ProjectDirectory, TrustAnchor } from "./trust-anchor.ts";
import type { TrustedProject } from "./trusted-project.ts";
import type { TrustOptions } from "./trust-options.ts";

/** What a channel has to know of the node's trust. */
export type ChannelTerms = Pick<SecureChannelOptions, "authority" | "attributeStorage" | "credential">;

/** How long a channel that can do without a credential waits for one, ms. */
export const UNREQUIRED_WAIT = 2000;
/** How long one waits that cannot, unless told otherwise, ms. */
export const REQUIRED_WAIT = 10_000;

/** How to go about a credential that is not there yet. */
export interface CredentialPatience {
  /** Fail when there is none to be had; without it the channel goes without, and presents one as soon as it is there. */
  readonly required?: boolean | undefined;
  /** ms: how long to wait when it is required; otherwise at most {@link UNREQUIRED_WAIT} of that. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Where an authority is and which identity goes there. */
export interface AuthorityAddress {
  readonly authority: Identifier;
  readonly route: string;
  readonly identityName: string;
}

/** What a {@link NodeTrust} works with. */
export interface NodeTrustOptions {
  readonly ground: NodeGround;
  readonly trust: TrustOptions;
  readonly projects: ProjectDirectory;
  /** Opens a channel to an authority, and to nobody else. */
  connect(address: AuthorityAddress, signal: AbortSignal): Promise<AuthorityPath>;
}

/** Whom a node believes, and what it shows of itself. docs/protocol/trust.md */
export class NodeTrust {
  readonly #options: NodeTrustOptions;
  readonly #anchor: TrustAnchor | undefined;
  readonly #attributes: AttestedAttributes;
  readonly #memberships = new Map<string, Membership>();
  #isStarted = false;

  private constructor(options: NodeTrustOptions, anchor: TrustAnchor | undefined) {
    const { identityName, state } = options.ground;
    const { identities } = state.identities.open(identityName);
    this.#options = options;
    this.#anchor = anchor;
    this.#attributes = new AttestedAttributes(state.database, identities.now);
  }

  /** @throws OckamError OCKAM_NODE_PROJECT_NOT_FOUND, OCKAM_NODE_INVALID_TRUST */
  static async open(options: NodeTrustOptions): Promise<NodeTrust> {
    return new NodeTrust(options, await resolveTrust(options.trust, options.ground, options.projects));
  }

  /** Whose credentials count; undefined: nobody's. */
  get authority(): Identifier | undefined {
    return this.#anchor?.authority;
  }

  /** What is attested about others at present: what was revoked or has expired is not there. */
  get attributes(): AttributeStorage {
    return this.#attributes;
  }

  /** Keeps the credential of the node's identity fresh from now on, and listens to the authority. */
  start(): void {
    this.#isStarted = true;
    this.#membership(this.#options.ground.identityName, this.#anchor)?.start();
  }

  /**
   * For a channel that the node opens. With `forProject` the channel leads to that project's node, or through it.
   * @throws OckamError OCKAM_NODE_NO_CREDENTIAL when one is required; OCKAM_NODE_INVALID_TRUST; the signal's reason
   */
  async channelTerms(
    identityName: string,
    forProject?: TrustedProject,
    patience: CredentialPatience = {},
  ): Promise<ChannelTerms> {
    const anchor = await this.#anchorFor(forProject);
    const membership = this.#membership(identityName, anchor);
    const { required = false, signal, timeout = REQUIRED_WAIT } = patience;
    if (membership?.scope !== undefined) {
      try {
        const wait = required ? timeout : Math.min(timeout / 2, UNREQUIRED_WAIT);
        await membership.source.obtain({ timeout: wait, signal });
      } catch (error) {
        signal?.throwIfAborted();
        if (required) throw error;
      }
    }
    return this.#terms(anchor, membership);
  }

  /** For a listener: what it presents is what is there when somebody connects. */
  listenerTerms(identityName: string): ChannelTerms {
    return this.#terms(this.#anchor, this.#membership(identityName, this.#anchor));
  }

  /** Refreshes the credential on a channel whenever the own one is renewed. */
  watch(channel: SecureChannel, identityName: string, forProject?: TrustedProject): void {
    this.#anchorFor(forProject)
      .then((anchor) => this.#membership(identityName, anchor)?.watch(channel))
      .catch((error: unknown) => {
        const message = "renewed credentials are not presented on a channel";
        this.#options.ground.log({ level: "warn", area: "trust", message, error });
      });
  }

  /**
   * Calls `listener` when what is attested about a subject changed, lapsed or was revoked; without a subject, when that
   * may have happened to anybody.
   * @returns a function that ends it.
   */
  onChange(listener: AttestationListener): () => void {
    return this.#attributes.onChange(listener);
  }

  status(): TrustStatus {
    const anchor = this.#anchor;
    const membership = this.#membership(this.#options.ground.identityName, anchor);
    return {
      project: anchor?.project ?? null,
      authority: anchor?.authority.toString() ?? null,
      authority_route: anchor?.route ?? null,
      credential: membership === undefined ? null : credentialStatus(membership),
      authority_reachable: membership === undefined ? null : isReachable(membership),
      membership_changes: membership?.news ?? null,
      last_failure: membership?.lastFailure?.message ?? null,
    };
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#memberships.values(), (membership) => membership.close()));
    this.#attributes.close();
  }

  /** On the way to a project's node its own authority counts; further on, that of this node if it has one. */
  async #anchorFor(project: TrustedProject | undefined): Promise<TrustAnchor | undefined> {
    return project === undefined ? this.#anchor : anchorOf(project, this.#options.ground);
  }

  #terms(anchor: TrustAnchor | undefined, membership: Membership | undefined): ChannelTerms {
    if (anchor === undefined) return {};
    return {
      authority: anchor.authority,
      attributeStorage: this.#attributes,
      ...(membership === undefined
        ? {}
        : { credential: async () => (await membership.source.look())?.encoded }),
    };
  }

  #membership(identityName: string, anchor: TrustAnchor | undefined): Membership | undefined {
    if (anchor === undefined || (anchor.scope === undefined && anchor.route === undefined)) return undefined;
    const { authority, route = "", scope = null } = anchor;
    const key = JSON.stringify([identityName, authority.hex, scope, route]);
    let membership = this.#memberships.get(key);
    if (membership === undefined) {
      membership = new Membership({
        ground: this.#options.ground,
        identityName,
        anchor,
        attributes: this.#attributes,
        connect: (signal) => this.#options.connect({ authority, route, identityName }, signal),
      });
      this.#memberships.set(key, membership);
      if (this.#isStarted) membership.start();
    }
    return membership;
  }
}

function credentialStatus({ scope, source }: Membership): CredentialStatus | null {
  if (scope === undefined) return null;
  const credential = source.current();
  return {
    scope,
    status: credential === undefined ? "missing" : "valid",
    created_at: credential?.createdAt ?? null,
    expires_at: credential?.expiresAt ?? null,
    renews_at: source.renewsAt ?? null,
    attributes: Object.fromEntries(credential?.attributes.toText() ?? []),
  };
}

/** An authority that tells no news was reachable when the credential was renewed last, if that did not fail. */
function isReachable({ news, source }: Membership): boolean | null {
  if (news === undefined) return null;
  return news === "followed" || (news === "not offered" && source.lastFailure === undefined);
}
