import { AuthorityClient } from "@ockam/authority";
import { Address } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";

import type { NodeCore } from "../node-core.ts";
import { buildRoute } from "../routes/route-builder.ts";
import { planChannel } from "../routes/route-plan.ts";

/** How long the connection to an authority may take to come up unless told otherwise, ms. */
export const AUTHORITY_CONNECT_TIMEOUT = 10_000;

/** Where an authority is, and who it is. */
export interface AuthorityConnectionOptions {
  /** A multiaddress that ends in the authority's listener: `/dnsaddr/<host>/tcp/<port>/service/api`. */
  readonly route: string;
  /** Nobody else is talked to. */
  readonly identifier: Identifier;
  /** Name of the identity to go there as; the node's own by default. */
  readonly identity?: string;
  /** For the connection to come up and for each answer, ms; {@link AUTHORITY_CONNECT_TIMEOUT} and the client's by default. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** A connection to an authority, with its own channel. Close it after use. */
export class AuthorityConnection implements AsyncDisposable {
  readonly client: AuthorityClient;
  /** The way through the channel. */
  readonly route: Route;
  /** The way to the authority's `echo` worker. */
  readonly pingRoute: Route;
  /** Resolves when it is gone. */
  readonly closed: Promise<Error | undefined>;
  readonly #close: () => Promise<void>;

  private constructor(
    client: AuthorityClient,
    route: Route,
    end: Pick<AuthorityConnection, "closed" | "close">,
  ) {
    this.client = client;
    this.route = route;
    this.pingRoute = [...route, Address.local("echo")];
    this.closed = end.closed;
    this.#close = () => end.close();
  }

  /**
   * Opens a channel of an own connection, which presents no credential, to the authority and nobody else.
   * @throws OckamError of `buildRoute`: OCKAM_NODE_PEER_NOT_TRUSTED when somebody else answers; the signal's reason
   */
  static async open(core: NodeCore, options: AuthorityConnectionOptions): Promise<AuthorityConnection> {
    const { identifier, identity, route, signal, timeout } = options;
    const built = await buildRoute(core, planChannel(route, core.state), {
      identity,
      authorized: [identifier.toString()],
      trust: "none",
      timeout: timeout ?? AUTHORITY_CONNECT_TIMEOUT,
      signal,
    });
    const bounds = timeout === undefined ? {} : { timeout };
    return new AuthorityConnection(new AuthorityClient(core.router, built.route, bounds), built.route, built);
  }

  close(): Promise<void> {
    return this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
