// How keys are agreed on with those who consume. docs/protocol/kafka-portal.md, "Where keys are agreed on".
import { Address } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";
import type { Identifier } from "@ockam/identity";
import type { EncryptionKey, KeyAgreement } from "@ockam/portal-kafka";

import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import type { ResourceGuard } from "../policies/policies.ts";
import type { RoutePlan, RouteStep } from "../routes/route-plan.ts";
import type { ChannelTerms } from "../trust/node-trust.ts";
import type { TrustedProject } from "../trust/trusted-project.ts";
import { ConsumerLinks } from "./consumer-links.ts";
import { consumerRelay, extended, planConsumerPlace } from "./consumer-way.ts";
import type { ConsumerPlace, TopicPartition } from "./consumer-way.ts";
import { NodeWay } from "./node-way.ts";

/**
 * How long a consumer's node may take to agree on a key, ms. Relays that lead nowhere yet swallow the attempt, and the next
 * one is not begun before this one has ended.
 */
export const AGREEMENT_TIMEOUT = 5000;

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
  readonly #way: NodeWay;
  readonly #links: ConsumerLinks;
  readonly #closing = new AbortController();

  constructor(options: ConsumerAgreementOptions) {
    const { core, identity, place } = options;
    this.#options = options;
    this.#way = new NodeWay({
      core,
      name: `kafka consumers at ${place.to}`,
      plan: () => planConsumerPlace(place, core.state),
      identity,
    });
    this.#links = new ConsumerLinks(core, identity);
  }

  /** For a cipher: @throws OckamError OCKAM_KAFKA_NO_CONSUMER, OCKAM_KAFKA_NOT_AUTHORIZED */
  async agree(partition: TopicPartition): Promise<EncryptionKey> {
    const { core, guard } = this.#options;
    const { agreeOnKey, KEY_EXCHANGER } = await import("@ockam/portal-kafka");
    const terms = await this.#requiredTerms();
    let consumer: Identifier | undefined;
    const key = await agreeOnKey(core.router, partition, {
      ...core.state.identities.open(this.#identity),
      ...(terms instanceof Error ? {} : terms),
      routeOf: () =>
        terms instanceof Error ? Promise.reject(terms) : this.routeTo(KEY_EXCHANGER, partition),
      mayConsume: (peer) => {
        consumer = peer;
        return guard.allows(peer);
      },
      timeout: AGREEMENT_TIMEOUT,
      signal: this.#closing.signal,
      log: core.log,
    });
    if (consumer !== undefined) this.#links.keep(consumer, this.#planTo(partition), key);
    return key;
  }

  /**
   * The way to a service of the node that consumes a partition.
   * @throws OckamError of `planRoute` and `buildRoute`, OCKAM_NODE_INVALID_NAME
   */
  async routeTo(service: string, partition: TopicPartition): Promise<Route> {
    const relay = consumerRelay(this.#options.place, partition);
    return this.routeVia(relay === undefined ? [service] : [relay, service]);
  }

  /** The way over there and on by these workers. @throws OckamError of `planRoute` and `buildRoute` */
  async routeVia(hops: readonly string[]): Promise<Route> {
    return [...(await this.#way.route()), ...hops.map((hop) => Address.local(hop))];
  }

  /** Which kind of keys the consumer of a partition has. */
  async negotiate(partition: TopicPartition): Promise<KeyAgreement> {
    const { core } = this.#options;
    const { negotiateKeyAgreement } = await import("@ockam/portal-kafka");
    return negotiateKeyAgreement(core.router, partition, {
      ...core.state.identities.open(this.#identity),
      ...(await this.terms(this.#identity)),
      routeOf: (asked, service) => this.routeTo(service, asked),
      signal: this.#closing.signal,
      log: core.log,
    });
  }

  /** What is shown and believed there, for an own identity; a credential that comes later is shown then. */
  terms(identity: string): ChannelTerms | Promise<ChannelTerms> {
    const { core } = this.#options;
    const project = this.#project();
    return project === undefined
      ? core.trust.listenerTerms(identity)
      : core.trust.channelTerms(identity, project, { signal: this.#closing.signal });
  }

  async close(): Promise<void> {
    this.#closing.abort(nodeError("CLOSED", "the Kafka inlet was closed"));
    await this.#links.close();
    await this.#way.close();
  }

  get #identity(): string {
    return this.#options.identity ?? this.#options.core.identityName;
  }

  #planTo(partition: TopicPartition): RoutePlan {
    const { core, place } = this.#options;
    const plan = planConsumerPlace(place, core.state);
    const name = consumerRelay(place, partition);
    const step: RouteStep | undefined =
      name === undefined ? undefined : { kind: "worker", name, text: `/service/${name}` };
    return step === undefined ? plan : extended(plan, step);
  }

  /** Whose authority counts where the own node has none. */
  #project(): TrustedProject | undefined {
    const { core, place } = this.#options;
    return core.trust.authority === undefined ? planConsumerPlace(place, core.state).project : undefined;
  }

  /** Without a credential the consumer's node would not keep the key, and nobody would be told: so it is waited for. */
  async #requiredTerms(): Promise<ChannelTerms | Error> {
    try {
      return await this.#options.core.trust.channelTerms(this.#identity, this.#project(), {
        required: true,
        timeout: AGREEMENT_TIMEOUT,
        signal: this.#closing.signal,
      });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
