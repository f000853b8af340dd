// A way to another node for what is asked there now and then. docs/protocol/kafka-portal.md, "Where keys are agreed on".
import { Address } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";

import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { buildRoute } from "../routes/route-builder.ts";
import type { RoutePlan } from "../routes/route-plan.ts";
import { ATTEMPT_TIMEOUT, Session } from "../sessions/session.ts";
import type { SessionPath } from "../sessions/session.ts";

/** How long whoever needs a way waits for it, ms. */
export const WAY_PATIENCE = 3000;

const ECHO = Address.local("echo");

interface OpenWay extends SessionPath {
  readonly route: Route;
}

/** What a {@link NodeWay} works with. */
export interface NodeWayOptions {
  readonly core: NodeCore;
  /** For the log. */
  readonly name: string;
  /** Made anew for each attempt: a node that was restarted may listen at another port. Without a step it is this node. */
  readonly plan: () => RoutePlan;
  /** Name of the own identity; the node's own by default. */
  readonly identity: string | undefined;
}

/** A way to a node: opened when it is needed first, and kept open. */
export class NodeWay {
  readonly #options: NodeWayOptions;
  #session: Session<OpenWay> | undefined;
  readonly #waiting = new Set<() => void>();
  #isClosed = false;

  constructor(options: NodeWayOptions) {
    this.#options = options;
  }

  /**
   * The route there, empty for this node.
   * @throws OckamError of `planRoute` and `buildRoute`, OCKAM_NODE_CLOSED
   */
  async route(): Promise<Route> {
    if (this.#options.plan().steps.length === 0) return [];
    if (this.#isClosed) throw nodeError("CLOSED", `${this.#options.name}: the Kafka inlet was closed`);
    this.#session ??= this.#start();
    const { path } = this.#session;
    if (path !== undefined) return path.route;
    await this.#wait();
    const late = this.#session.path;
    if (late !== undefined) return late.route;
    throw this.#session.lastFailure ?? nodeError("UNANSWERED", `${this.#options.name}: there is no way yet`);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#endWaits();
    await this.#session?.close();
  }

  /** Until there is a way, this is closed, or it has taken too long. */
  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, WAY_PATIENCE);
      this.#waiting.add(end);
    });
  }

  #endWaits(): void {
    for (const end of this.#waiting) end();
  }

  #start(): Session<OpenWay> {
    const { core, identity, name, plan } = this.#options;
    const session = new Session<OpenWay>({
      router: core.router,
      name,
      log: core.log,
      open: async (signal) => {
        const built = await buildRoute(core, plan(), { identity, timeout: ATTEMPT_TIMEOUT, signal });
        return {
          route: built.route,
          // Nobody whose policies we can satisfy is known to be there.
          pingRoute: built.channels.length === 0 ? undefined : [...built.route, ECHO],
          closed: built.closed,
          close: () => built.close(),
        };
      },
      onUp: () => this.#endWaits(),
      onDown: () => {},
    });
    session.start();
    return session;
  }
}
