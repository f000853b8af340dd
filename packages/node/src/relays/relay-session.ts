// A relay that is kept registered. docs/protocol/relays.md, "The owner".
import { Address } from "@ockam/core-routing";
import type { SecureChannel } from "@ockam/secure-channel";

import type { BuiltRoute } from "../routes/built-route.ts";
import type { RelayCreateParams } from "../control/control-api.ts";
import type { NodeCore } from "../node-core.ts";
import { registerRelay } from "./relay-client.ts";
import type { RegisteredRelay } from "./relay-client.ts";
import { buildRoute } from "../routes/route-builder.ts";
import { plannedText, planRoute } from "../routes/route-plan.ts";
import type { RoutePlan } from "../routes/route-plan.ts";
import { nodeError } from "../node-error.ts";
import { ATTEMPT_TIMEOUT, Session } from "../sessions/session.ts";
import type { SessionPath } from "../sessions/session.ts";

const ECHO = Address.local("echo");

/** What is kept of a relay. */
export type RelayDefinition = Omit<RelayCreateParams, "connectionWait" | "name" | "address"> & {
  readonly name: string;
  readonly address: string;
};

/** A registration and the connection that it lives by. */
export interface RelayPath extends SessionPath {
  readonly relay: RegisteredRelay;
  /** Where the relay node is, `/node/…` resolved. */
  readonly text: string;
  /** The secure channel to the relay node, by which it knows who this is; undefined without one. */
  readonly channel: SecureChannel | undefined;
}

/** Registers a relay, and again whenever the relay node or the way to it was gone. */
export class RelaySession {
  readonly definition: RelayDefinition;
  readonly #core: NodeCore;
  readonly #session: Session<RelayPath>;
  #plain: RelayPath | undefined;

  /** Begins at once. */
  constructor(core: NodeCore, definition: RelayDefinition) {
    this.definition = definition;
    this.#core = core;
    this.#session = new Session<RelayPath>({
      router: core.router,
      name: `relay ${definition.name}`,
      log: core.log,
      open: (signal) => this.#open(signal),
      onUp: (path) => {
        this.#plain = path.channel === undefined ? path : undefined;
      },
      onDown: () => {},
    });
    this.#session.start();
  }

  /** The registration in use; undefined while it is Down. */
  get path(): RelayPath | undefined {
    return this.#session.path;
  }

  /** Why it is, or was last, Down. */
  get lastFailure(): Error | undefined {
    return this.#session.lastFailure;
  }

  /** When {@link lastFailure} was, ms since 1970. */
  get lastFailureAt(): number | undefined {
    return this.#session.lastFailureAt;
  }

  /** Since when it is Up, or Down, ms since 1970. */
  get since(): number {
    return this.#session.since;
  }

  /** See {@link Session.roundTrip}. */
  get roundTrip(): number | undefined {
    return this.#session.roundTrip;
  }

  /** Resolves after the first attempt to register. */
  get firstAttempt(): Promise<void> {
    return this.#session.firstAttempt;
  }

  /** The multiaddress of the relay node with `/node/<name>` replaced, as far as that is possible now. */
  plannedText(): string {
    return plannedText(this.definition.at, this.#core.state);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async #open(signal: AbortSignal): Promise<RelayPath> {
    const { address, at, authorized } = this.definition;
    // Without an identity the relay node takes this node for a stranger as long as the connection before is open there.
    await this.#plain?.close();
    this.#plain = undefined;
    const startedAt = performance.now();
    const built = await buildRoute(this.#core, planRelay(this.#core, at), {
      authorized: authorized === undefined ? undefined : [authorized],
      timeout: ATTEMPT_TIMEOUT,
      signal,
    });
    try {
      const timeout = Math.max(1, startedAt + ATTEMPT_TIMEOUT - performance.now());
      const { route } = built;
      const relay = await registerRelay(this.#core.router, { route, name: address, timeout, signal });
      return this.#path(built, relay);
    } catch (error) {
      await built.close();
      throw error;
    }
  }

  #path(built: BuiltRoute, relay: RegisteredRelay): RelayPath {
    const { exposure } = this.#core;
    // From now on others come in by it.
    exposure.open("relays", relay.flowControlId);
    return {
      relay,
      text: built.text,
      channel: built.channels.at(-1),
      pingRoute: [...built.route, ECHO],
      closed: Promise.race([built.closed, relay.ended]),
      reclaim: () => relay.renew(),
      close: async () => {
        exposure.close("relays", relay.flowControlId);
        await relay.close();
        await built.close();
      },
    };
  }
}

/**
 * The way to the node that hosts a relay at `at`. Whoever reaches a project's node reaches its relays: without an
 * authority, and so without policies, everybody could use what this node has.
 * @throws OckamError OCKAM_NODE_UNPROTECTED, and those of `planRoute`
 */
export function planRelay({ name, state, trust }: NodeCore, at: string): RoutePlan {
  const plan = planRoute(at, state);
  const { project } = plan;
  if (project === undefined || trust.authority !== undefined) return plan;
  throw nodeError(
    "UNPROTECTED",
    `a relay at the project ${project.name} would let everybody use what the node ${name} has, since it trusts no authority: ` +
      `restart it, so that it trusts the project: "ockam node stop ${name}", "ockam node start ${name}"`,
    { details: { node: name, project: project.name } },
  );
}
