// An inlet whose way to the outlet is kept open. docs/protocol/sessions.md, "Inlets".
import { Address } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";
import { createInlet } from "@ockam/portal-tcp";
import type { Disturbance, Inlet } from "@ockam/portal-tcp";

import type { BuiltRoute } from "../routes/built-route.ts";
import type { TcpInletCreateParams } from "../control/control-api.ts";
import type { NodeCore } from "../node-core.ts";
import { buildRoute } from "../routes/route-builder.ts";
import { PortalGuard } from "../policies/portal-guard.ts";
import { httpHeaderInterceptor } from "./http-header.ts";
import { planRoute } from "../routes/route-plan.ts";
import { ATTEMPT_TIMEOUT, Session } from "../sessions/session.ts";
import type { SessionPath } from "../sessions/session.ts";

/** How long an outlet's answer may take before the way there is asked whether it is alive, ms. */
export const OPENING_PATIENCE = 1000;
/** How often is looked for such an answer while there are connections, ms. */
const OPENING_INTERVAL = 500;

const ECHO = Address.local("echo");

/** What is kept of an inlet. */
export type InletDefinition = Omit<TcpInletCreateParams, "allow" | "connectionWait"> & {
  readonly name: string;
  readonly from: string;
};

/** The way to an outlet. */
export interface InletPath extends SessionPath {
  readonly route: Route;
  readonly text: string;
}

/** A listening inlet and the session that keeps its way open. While there is no way, connections are reset. */
export class InletSession {
  readonly definition: InletDefinition;
  readonly #core: NodeCore;
  readonly #inlet: Inlet;
  readonly #session: Session<InletPath>;
  readonly #guard: PortalGuard;
  #failureBefore: Error | undefined;
  #routesInUse = 0;
  #isRenewing = false;
  #isClosed = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(
    core: NodeCore,
    definition: InletDefinition,
    inlet: Inlet,
    session: Session<InletPath>,
    guard: PortalGuard,
  ) {
    this.#core = core;
    this.definition = definition;
    this.#inlet = inlet;
    this.#session = session;
    this.#guard = guard;
  }

  /** Begins to listen and to connect. @throws OckamError of `createInlet`; RangeError for a malformed address */
  static async start(
    core: NodeCore,
    definition: InletDefinition,
    signal?: AbortSignal,
  ): Promise<InletSession> {
    const { from, nagle = false, skipHandshake = false } = definition;
    const started: { session?: InletSession } = {};
    const disturbance: Disturbance = (listener, hop) => {
      const stop = core.hops.disturbance(listener, hop);
      started.session?.routeInUse(1);
      return () => {
        stop();
        started.session?.routeInUse(-1);
      };
    };
    const bounds = signal === undefined ? {} : { signal };
    const intercept = httpHeaderInterceptor(definition.httpHeaders);
    const guard = new PortalGuard(core.policies, { name: definition.name, type: "tcp-inlet" });
    let inlet: Inlet;
    try {
      inlet = await createInlet(core.router, {
        from,
        nagle,
        skipHandshake,
        disturbance,
        log: core.log,
        admit: async (peer) => {
          const isAllowed = await guard.admit(peer);
          // A relay may have led to somebody else when the way was opened.
          if (!isAllowed && peer !== undefined) started.session?.renewWay();
          return isAllowed;
        },
        ...(intercept === undefined ? {} : { intercept }),
        ...bounds,
      });
    } catch (error) {
      guard.close();
      throw error;
    }
    guard.watch(() => inlet.connections());
    const session = new Session<InletPath>({
      router: core.router,
      name: `inlet ${definition.name}`,
      log: core.log,
      open: (attempt) => openPath(core, definition, attempt),
      onUp: ({ route }) => {
        started.session?.wayIsUp();
        inlet.setRoute(route);
      },
      onDown: (reason) => {
        inlet.pause(reason);
        // They wait for an answer on a way that is gone: their clients are better off trying again.
        for (const connection of inlet.connections()) if (connection.state === "opening") connection.reset();
      },
      received: (time) =>
        inlet
          .connections()
          .reduce((sum, { bytesReceived, openedAt }) => (openedAt < time ? sum : sum + bytesReceived), 0),
      isInUse: (time) => inlet.connections().some(({ openedAt }) => openedAt < time),
    });
    started.session = new InletSession(core, definition, inlet, session, guard);
    session.start();
    return started.session;
  }

  /** The bound `host:port`. */
  get address(): string {
    return this.#inlet.address;
  }

  /** The way in use; undefined while it is Down. */
  get path(): InletPath | undefined {
    return this.#session.path;
  }

  /** While Up, what became of a connection since; while Down, or when nothing became of any, why it is or was Down. */
  get lastFailure(): Error | undefined {
    return this.#isConnectionFailureNews ? this.#inlet.lastFailure : this.#session.lastFailure;
  }

  /** When {@link lastFailure} was, ms since 1970. */
  get lastFailureAt(): number | undefined {
    return this.#isConnectionFailureNews ? this.#inlet.lastFailureAt : this.#session.lastFailureAt;
  }

  /** Since when it is Up, or Down, ms since 1970. */
  get since(): number {
    return this.#session.since;
  }

  /** See {@link Session.roundTrip}. */
  get roundTrip(): number | undefined {
    return this.#session.roundTrip;
  }

  /** Resolves after the first attempt to connect. */
  get firstAttempt(): Promise<void> {
    return this.#session.firstAttempt;
  }

  /** The multiaddress of the outlet with `/node/<name>` replaced, as far as that is possible now. */
  plannedText(): string {
    try {
      return planRoute(this.definition.to, this.#core.state).text;
    } catch {
      return this.definition.to;
    }
  }

  /** Closes it for good: its policy goes, too. */
  async delete(): Promise<void> {
    await this.close();
    this.#guard.forget();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#guard.close();
    clearInterval(this.#timer);
    await this.#inlet.close();
    await this.#session.close();
  }

  /** Called when a way is open: what became of connections before is past, unless the new way is no better yet. */
  wayIsUp(): void {
    if (!this.#isRenewing) this.#failureBefore = this.#inlet.lastFailure;
    this.#isRenewing = false;
  }

  /** Called when the policy refuses who is at the end of the way. */
  renewWay(): void {
    this.#isRenewing = true;
    this.#session.renew();
  }

  /** Called when connections begin to use another way, or the last one on a way has ended. */
  routeInUse(change: 1 | -1): void {
    this.#routesInUse += change;
    clearInterval(this.#timer);
    if (this.#routesInUse > 0 && !this.#isClosed)
      this.#timer = setInterval(() => this.#lookForAnswers(), OPENING_INTERVAL);
  }

  get #isConnectionFailureNews(): boolean {
    return this.path !== undefined && this.#inlet.lastFailure !== this.#failureBefore;
  }

  #lookForAnswers(): void {
    const latest = Date.now() - OPENING_PATIENCE;
    const waits = this.#inlet
      .connections()
      .some(({ state, openedAt }) => state === "opening" && openedAt < latest);
    if (waits) this.#session.suspect();
  }
}

async function openPath(
  core: NodeCore,
  definition: InletDefinition,
  signal: AbortSignal,
): Promise<InletPath> {
  const { authorized, identity, to } = definition;
  // Planned anew each time: a node that was restarted may listen at another port.
  const built = await buildRoute(core, planRoute(to, core.state), {
    identity,
    authorized: authorized === undefined ? undefined : [authorized],
    timeout: ATTEMPT_TIMEOUT,
    signal,
  });
  return {
    route: built.route,
    text: built.text,
    pingRoute: pingRouteOf(core, built),
    closed: built.closed,
    close: () => built.close(),
  };
}

/** The way to the `echo` worker of the outlet's node; undefined when that is this node. */
function pingRouteOf(core: NodeCore, { route }: BuiltRoute): Route | undefined {
  const first = route[0];
  if (first === undefined || core.router.mailbox(first)?.terminal === undefined) return undefined;
  return [...route.slice(0, -1), ECHO];
}
