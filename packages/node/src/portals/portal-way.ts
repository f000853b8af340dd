// The way from an inlet to the node of its outlet, kept open. docs/protocol/sessions.md, "Sessions".
import { Address } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";
import { NO_TRAFFIC } from "@ockam/portal-tcp";
import type { Disturbance, Inlet, PortalAdmission, PortalConnection, PortalTraffic } from "@ockam/portal-tcp";

import type { NodeCore } from "../node-core.ts";
import type { GuardedResource } from "../policies/policies.ts";
import { PortalGuard } from "../policies/portal-guard.ts";
import { buildRoute } from "../routes/route-builder.ts";
import type { RoutePlan } from "../routes/route-plan.ts";
import { ATTEMPT_TIMEOUT, Session } from "../sessions/session.ts";
import type { SessionPath } from "../sessions/session.ts";
import type { ObservedSession } from "../status/session-status.ts";
import type { ObservedPortal } from "../status/traffic-status.ts";

/** How long an outlet's answer may take before the way there is asked whether it is alive, ms. */
export const OPENING_PATIENCE = 1000;
/** How often is looked for such an answer while there are connections, ms. */
const OPENING_INTERVAL = 500;

const ECHO = Address.local("echo");

/** A way that is open. */
export interface PortalPath extends SessionPath {
  readonly route: Route;
  readonly text: string;
}

/** What listens for clients, and sends what they say along the way. */
export type PortalEntry = Pick<
  Inlet,
  "setRoute" | "pause" | "connections" | "traffic" | "lastFailure" | "lastFailureAt" | "close"
>;

/** What a {@link PortalWay} is to be. */
export interface PortalWayOptions {
  /** For the log. */
  readonly name: string;
  /** Whose policy decides where it may lead. */
  readonly resource: GuardedResource;
  readonly open: (signal: AbortSignal) => Promise<PortalPath>;
}

/** The session that keeps the way of an inlet open. While there is no way, connections are reset. */
export class PortalWay implements ObservedSession, ObservedPortal {
  readonly #core: NodeCore;
  readonly #options: PortalWayOptions;
  readonly #guard: PortalGuard;
  #entry: PortalEntry | undefined;
  #session: Session<PortalPath> | undefined;
  #failureBefore: Error | undefined;
  #routesInUse = 0;
  #isRenewing = false;
  #isClosed = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(core: NodeCore, options: PortalWayOptions) {
    this.#core = core;
    this.#options = options;
    this.#guard = new PortalGuard(core.policies, options.resource);
  }

  /** For the entry. */
  readonly disturbance: Disturbance = (listener, hop) => {
    const stop = this.#core.hops.disturbance(listener, hop);
    this.#routeInUse(1);
    return () => {
      stop();
      this.#routeInUse(-1);
    };
  };

  /** For the entry. */
  readonly admit: PortalAdmission = async (peer) => {
    const isAllowed = await this.#guard.admit(peer);
    // A relay may have led to somebody else when the way was opened.
    if (!isAllowed && peer !== undefined) {
      this.#isRenewing = true;
      this.#session?.renew();
    }
    return isAllowed;
  };

  /** Begins to connect, and looks after the connections of the entry from now on. */
  start(entry: PortalEntry): void {
    const { name, open } = this.#options;
    this.#entry = entry;
    this.#guard.watch(() => entry.connections());
    this.#session = new Session<PortalPath>({
      router: this.#core.router,
      name,
      log: this.#core.log,
      open,
      onUp: ({ route }) => {
        // What became of connections before is past, unless the new way is no better yet.
        if (!this.#isRenewing) this.#failureBefore = entry.lastFailure;
        this.#isRenewing = false;
        entry.setRoute(route);
      },
      onDown: (reason) => {
        entry.pause(reason);
        // They wait for an answer on a way that is gone: their clients are better off trying again.
        for (const connection of entry.connections()) if (connection.state === "opening") connection.reset();
      },
      received: (time) =>
        entry
          .connections()
          .reduce((sum, { bytesReceived, openedAt }) => (openedAt < time ? sum : sum + bytesReceived), 0),
      isInUse: (time) => entry.connections().some(({ openedAt }) => openedAt < time),
    });
    this.#session.start();
  }

  /** The way in use; undefined while it is Down. */
  get path(): PortalPath | undefined {
    return this.#session?.path;
  }

  /** Who is at its end: `I` and 64 hex digits; undefined while it is Down, and without a secure channel. */
  get peer(): string | undefined {
    const [hop] = this.path?.route ?? [];
    return hop === undefined ? undefined : this.#core.hops.find(hop)?.channel?.peer.toString();
  }

  /** Connections of clients at present. */
  connections(): readonly PortalConnection[] {
    return this.#entry?.connections() ?? [];
  }

  /** What clients and the other end said to each other so far. */
  get traffic(): PortalTraffic {
    return this.#entry?.traffic ?? NO_TRAFFIC;
  }

  /** While Up, what became of a connection since; while Down, or when nothing became of any, why it is or was Down. */
  get lastFailure(): Error | undefined {
    return this.#isConnectionFailureNews ? this.#entry?.lastFailure : this.#session?.lastFailure;
  }

  /** When {@link lastFailure} was, ms since 1970. */
  get lastFailureAt(): number | undefined {
    return this.#isConnectionFailureNews ? this.#entry?.lastFailureAt : this.#session?.lastFailureAt;
  }

  /** Since when it is Up, or Down, ms since 1970. */
  get since(): number {
    return this.#session?.since ?? Date.now();
  }

  /** See {@link Session.roundTrip}. */
  get roundTrip(): number | undefined {
    return this.#session?.roundTrip;
  }

  /** Resolves after the first attempt to connect. */
  get firstAttempt(): Promise<void> {
    return this.#session?.firstAttempt ?? Promise.resolve();
  }

  /** Closes it for good, and the entry: its policy goes, too. */
  async delete(): Promise<void> {
    await this.close();
    this.#guard.forget();
  }

  /** Closes it, and the entry. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#guard.close();
    clearInterval(this.#timer);
    await this.#entry?.close();
    await this.#session?.close();
  }

  get #isConnectionFailureNews(): boolean {
    return this.path !== undefined && this.#entry?.lastFailure !== this.#failureBefore;
  }

  /** Called when connections begin to use another way, or the last one on a way has ended. */
  #routeInUse(change: 1 | -1): void {
    this.#routesInUse += change;
    clearInterval(this.#timer);
    if (this.#routesInUse > 0 && !this.#isClosed)
      this.#timer = setInterval(() => this.#lookForAnswers(), OPENING_INTERVAL);
  }

  #lookForAnswers(): void {
    const latest = Date.now() - OPENING_PATIENCE;
    const waits = this.#entry
      ?.connections()
      .some(({ state, openedAt }) => state === "opening" && openedAt < latest);
    if (waits === true) this.#session?.suspect();
  }
}

/** How to open a way. */
export interface PortalPathOptions {
  readonly identity: string | undefined;
  /** Whom to accept at the last channel; anyone when undefined. */
  readonly authorized: string | undefined;
  /** The part of the way that leads to the outlet's node. */
  readonly nodeOf: (route: Route) => Route;
  readonly signal: AbortSignal;
}

/** Opens a way, whose far end is pinged unless that is this node. @throws OckamError of `buildRoute` */
export async function openPortalPath(
  core: NodeCore,
  plan: RoutePlan,
  { authorized, identity, nodeOf, signal }: PortalPathOptions,
): Promise<PortalPath> {
  const built = await buildRoute(core, plan, {
    identity,
    authorized: authorized === undefined ? undefined : [authorized],
    timeout: ATTEMPT_TIMEOUT,
    signal,
  });
  const [first] = built.route;
  const leaves = first !== undefined && core.router.mailbox(first)?.terminal !== undefined;
  return {
    route: built.route,
    text: built.text,
    pingRoute: leaves ? [...nodeOf(built.route), ECHO] : undefined,
    closed: built.closed,
    close: () => built.close(),
  };
}
