// How keys are agreed on with those who consume. docs/protocol/kafka-portal.md, "Where keys are agreed on".
import { Address } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";
import type { EncryptionKey } from "@ockam/portal-kafka";

import type { NodeCore } from "../node-core.ts";
import type { ResourceGuard } from "../policies/policies.ts";
import type { BuiltRoute } from "../routes/built-route.ts";
import { buildRoute } from "../routes/route-builder.ts";
import type { RoutePlan } from "../routes/route-plan.ts";
import type { ChannelTerms } from "../trust/node-trust.ts";
import { ConsumerLinks } from "./consumer-links.ts";
import { planConsumerWay } from "./consumer-way.ts";
import type { ConsumerPlace, TopicPartition } from "./consumer-way.ts";

/**
 * How long a consumer's node may take to agree on a key, ms. Relays that lead nowhere yet swallow the attempt, and the next
 * one is not begun before this one has ended.
 */
export const AGREEMENT_TIMEOUT = 5000;

/** The way to a consumer's node, and what is shown and believed there. */
interface ConsumerWay {
  readonly plan: RoutePlan;
  readonly terms: ChannelTerms;
  /** Undefined when it is this node. */
  readonly built: BuiltRoute | undefined;
}

/** What a {@link ConsumerAgreement} works with. */
export interface ConsumerAgreementOptions {
  readonly core: NodeCore;
  readonly place: ConsumerPlace;
  /** Name of the own identity; the node's own by default. */
  readonly identity: string | undefined;
  /** Whom this node may encrypt for. */
  readonly guard: Pick<ResourceGuard, "allows">;
}

/** Agrees on keys for one inlet, and stays known to those that it agreed with. */
export class ConsumerAgreement {
  readonly #options: ConsumerAgreementOptions;
  readonly #links: ConsumerLinks;
  readonly #closing = new AbortController();

  constructor(options: ConsumerAgreementOptions) {
    this.#options = options;
    this.#links = new ConsumerLinks(options.core, options.identity);
  }

  /** For a cipher: @throws OckamError OCKAM_KAFKA_NO_CONSUMER, OCKAM_KAFKA_NOT_AUTHORIZED */
  async agree(partition: TopicPartition): Promise<EncryptionKey> {
    const { core, guard, identity = core.identityName } = this.#options;
    const { agreeOnKey, KEY_EXCHANGER } = await import("@ockam/portal-kafka");
    const way = await this.#open(partition);
    let consumer: Identifier | undefined;
    try {
      const key = await agreeOnKey(core.router, partition, {
        ...core.state.identities.open(identity),
        ...("terms" in way ? way.terms : {}),
        routeOf: () =>
          "failure" in way
            ? Promise.reject(way.failure)
            : [...(way.built?.route ?? []), Address.local(KEY_EXCHANGER)],
        mayConsume: (peer) => {
          consumer = peer;
          return guard.allows(peer);
        },
        timeout: AGREEMENT_TIMEOUT,
        signal: this.#closing.signal,
        log: core.log,
      });
      if ("plan" in way && consumer !== undefined) this.#links.keep(consumer, way.plan, key);
      return key;
    } finally {
      // Nothing more is sent on it.
      if ("built" in way) await way.built?.close();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the Kafka inlet was closed"));
    await this.#links.close();
  }

  async #open(partition: TopicPartition): Promise<ConsumerWay | { readonly failure: Error }> {
    const { core, identity, place } = this.#options;
    const bounds = { timeout: AGREEMENT_TIMEOUT, signal: this.#closing.signal };
    try {
      const plan = planConsumerWay(place, partition, core);
      const project = core.trust.authority === undefined ? plan.project : undefined;
      // Without a credential the consumer's node would not keep the key, and nobody would be told.
      const patience = { required: true, ...bounds };
      const terms = await core.trust.channelTerms(identity ?? core.identityName, project, patience);
      const built =
        plan.steps.length === 0 ? undefined : await buildRoute(core, plan, { identity, ...bounds });
      return { plan, terms, built };
    } catch (failure) {
      return { failure: failure instanceof Error ? failure : new Error(String(failure)) };
    }
  }
}
