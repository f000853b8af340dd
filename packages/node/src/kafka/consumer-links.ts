// What keeps a producer's node known to those that consume. docs/protocol/kafka-portal.md, "Where keys are agreed on".
import { Address } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";
import type { EncryptionKey } from "@ockam/portal-kafka";

import { API_LISTENER } from "../channels/secure-channel-listeners.ts";
import type { NodeCore } from "../node-core.ts";
import { buildRoute } from "../routes/route-builder.ts";
import type { RoutePlan } from "../routes/route-plan.ts";
import { ATTEMPT_TIMEOUT, Session } from "../sessions/session.ts";
import type { SessionPath } from "../sessions/session.ts";
import { extended } from "./consumer-way.ts";

/** To how many consumers' nodes an inlet keeps a channel. */
export const MAX_CONSUMER_LINKS = 64;

const ECHO = Address.local("echo");

interface Link {
  readonly session: Session<SessionPath>;
  /** How many keys were agreed on with that consumer and are in use. */
  keys: number;
}

/**
 * A channel to each node that keys were agreed on with, on which renewed credentials are presented: Rust's consumers ask for each
 * record what is attested of its producer.
 */
export class ConsumerLinks {
  readonly #core: NodeCore;
  readonly #identity: string | undefined;
  readonly #links = new Map<string, Link>();

  constructor(core: NodeCore, identity: string | undefined) {
    this.#core = core;
    this.#identity = identity;
  }

  /** Keeps a channel to `consumer`, on the way `plan`, as long as a key is in use. */
  keep(consumer: Identifier, plan: RoutePlan, key: EncryptionKey): void {
    // Without an authority there is nothing to present, and to itself a node need not.
    if (this.#core.trust.authority === undefined || plan.steps.length === 0) return;
    const link = this.#links.get(consumer.hex) ?? this.#open(consumer, plan);
    if (link === undefined) return;
    link.keys += 1;
    void key.closed.then(() => {
      link.keys -= 1;
      if (link.keys > 0) return;
      if (this.#links.get(consumer.hex) === link) this.#links.delete(consumer.hex);
      void link.session.close();
    });
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#links.values(), ({ session }) => session.close()));
  }

  #open(consumer: Identifier, plan: RoutePlan): Link | undefined {
    if (this.#links.size >= MAX_CONSUMER_LINKS) return undefined;
    const core = this.#core;
    const way = extended(plan, { kind: "secure", listener: API_LISTENER, text: `/secure/${API_LISTENER}` });
    const session = new Session<SessionPath>({
      router: core.router,
      name: `kafka consumer ${consumer.toString()}`,
      log: core.log,
      open: async (signal) => {
        const built = await buildRoute(core, way, {
          identity: this.#identity,
          authorized: [consumer.toString()],
          timeout: ATTEMPT_TIMEOUT,
          signal,
        });
        return {
          pingRoute: [...built.route, ECHO],
          closed: built.closed,
          close: () => built.close(),
        };
      },
      onUp: () => {},
      onDown: () => {},
    });
    const link = { session, keys: 0 };
    this.#links.set(consumer.hex, link);
    session.start();
    return link;
  }
}
