// An authority: who is a member, and with which attributes. docs/protocol/authority.md
import type { Log } from "@ockam/codec";
import { silentLog } from "@ockam/codec";
import type { Address, Context, Router } from "@ockam/core-routing";
import type { AttributeStorage } from "@ockam/credentials";
import type { Identifier, Identities } from "@ockam/identity";

import { ChangeFeed } from "./change-feed.ts";
import { CREDENTIAL_LIFETIME, MAX_CREDENTIAL_LIFETIME } from "./constants.ts";
import { credentialIssuer } from "./credential-issuer.ts";
import { memberAdministration } from "./member-administration.ts";
import type { MembershipStorage } from "./membership-storage.ts";
import type { ProjectRegistration } from "./project-registration.ts";
import { projectService } from "./project-service.ts";
import { Roles } from "./roles.ts";
import type { Service } from "./service.ts";
import { serviceWorker } from "./service.ts";
import { tokenAcceptor } from "./token-acceptor.ts";
import { tokenIssuer } from "./token-issuer.ts";

/** What an authority is to be. */
export interface AuthorityOptions {
  /** Has the authority's own identity. Callers' histories are expected in it, as their channels leave them there. */
  readonly identities: Identities;
  /** The authority's own. */
  readonly identifier: Identifier;
  /** Its members. */
  readonly storage: MembershipStorage;
  /** Stands in credentials as `trust_context_id`; what `project` of an administrator's credential has to be. */
  readonly projectIdentifier: string;
  /** How long credentials are valid, s; {@link CREDENTIAL_LIFETIME} by default, {@link MAX_CREDENTIAL_LIFETIME} at most. */
  readonly credentialLifetime?: number;
  /** Whether credentials have `trust_context_id`; true by default. */
  readonly trustContextId?: boolean;
  /** Whether enrollers can list, add and remove members; true by default. */
  readonly directAuthentication?: boolean;
  /** Whether there are one-time codes; true by default. */
  readonly tokenEnrollment?: boolean;
  /** Whose credentials with the attribute `project` make administrators, and what they said, as channels leave it there. */
  readonly accountAuthority?: { readonly identifier: Identifier; readonly attributes: AttributeStorage };
  /** Whether only administrators may make enrollers, where there is an account authority; false by default. */
  readonly enforceAdminChecks?: boolean;
  /** Tells callers about the project, and takes in where its node is. */
  readonly project?: AuthorityProjectOptions;
  /** Seconds since 1970; that of `identities` by default. */
  readonly now?: () => number;
  readonly log?: Log;
}

/** The project of an authority. */
export interface AuthorityProjectOptions {
  /** JSON; undefined when there is nothing to tell. */
  record(): string | undefined | Promise<string | undefined>;
  /**
   * The member that is the project's node says where it is. An error of Ockam's that this throws is told to it.
   */
  registerNode?(caller: Identifier, registration: ProjectRegistration): void | Promise<void>;
}

/** The running services of an authority. */
export interface AuthorityServices extends AsyncDisposable {
  /** Their workers: let peers of secure channels reach them, and nobody else. */
  readonly addresses: readonly Address[];
  close(): Promise<void>;
}

/** What the services share. */
export interface AuthorityCore extends AuthorityOptions {
  readonly credentialLifetime: number;
  readonly now: () => number;
  readonly log: Log;
  readonly roles: Roles;
  readonly changes: ChangeFeed;
}

/**
 * Starts the services of an authority. Who calls is known by the secure channel alone.
 * @throws OckamError OCKAM_ROUTING_ADDRESS_IN_USE; RangeError for a lifetime that is no positive whole number of seconds, or longer than
 * {@link MAX_CREDENTIAL_LIFETIME}
 */
export function startAuthority(router: Router, options: AuthorityOptions): AuthorityServices {
  const { credentialLifetime = CREDENTIAL_LIFETIME, log = silentLog } = options;
  const isWhole = Number.isSafeInteger(credentialLifetime) && credentialLifetime >= 1;
  if (!isWhole || credentialLifetime > MAX_CREDENTIAL_LIFETIME) {
    throw new RangeError(
      `"credentialLifetime" expected whole seconds, at most ${MAX_CREDENTIAL_LIFETIME}, got ${credentialLifetime}`,
    );
  }
  const now = options.now ?? options.identities.now;
  const changes = new ChangeFeed(options.storage, now);
  const core: AuthorityCore = {
    ...options,
    credentialLifetime,
    log,
    now,
    changes,
    roles: new Roles({ ...options, now }),
  };
  const services: Service[] = [credentialIssuer(core), changes.service(core)];
  if (options.directAuthentication !== false) services.push(memberAdministration(core));
  if (options.tokenEnrollment !== false) services.push(tokenIssuer(core), tokenAcceptor(core));
  if (options.project !== undefined) services.push(projectService(core, options.project));
  return new RunningServices(router, services, core);
}

class RunningServices implements AuthorityServices {
  readonly #contexts: Context[] = [];
  readonly #changes: ChangeFeed;

  constructor(router: Router, services: readonly Service[], { changes, log }: AuthorityCore) {
    this.#changes = changes;
    try {
      for (const service of services) {
        this.#contexts.push(router.start(serviceWorker(service, log), { address: service.address }));
      }
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  get addresses(): readonly Address[] {
    return this.#contexts.map(({ address }) => address);
  }

  async close(): Promise<void> {
    this.#changes.close();
    await Promise.all(this.#contexts.map((context) => context.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
