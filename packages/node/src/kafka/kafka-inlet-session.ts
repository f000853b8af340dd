// One Kafka inlet of a node. docs/protocol/kafka-portal.md, "At a node".
import { formatEndpoint, parseEndpoint } from "@ockam/portal-tcp";
import type { KafkaInlet, Undelivered } from "@ockam/portal-kafka";

import type { KafkaInletCreateParams } from "../control/control-api.ts";
import type { GuardedResource } from "../policies/policies.ts";
import { openPortalPath, PortalWay } from "../portals/portal-way.ts";
import { consumerRelayName, planOutletWay } from "./consumer-way.ts";
import type { TopicPartition } from "./consumer-way.ts";
import { InletEncryption } from "./inlet-encryption.ts";
import type { HolderRelay, SharedKeys } from "./inlet-encryption.ts";
import { DEFAULT_KAFKA_PREFIX } from "./kafka-outlets.ts";
import type { PublishedRelay, PublishedRelays } from "./published-relays.ts";

/** What is kept of an inlet. */
export interface KafkaInletDefinition extends Omit<
  KafkaInletCreateParams,
  "allow" | "allowConsumer" | "allowProducer" | "connectionWait"
> {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly brokersPortRange: readonly [number, number];
  /** Nobody asked for that range. */
  readonly brokersPortRangeIsUsual?: boolean;
  /** Ports of brokers, by their id: running clients know them. */
  readonly advertisedPorts: Readonly<Record<string, number>>;
  /** What this node consumes, and is published as the consumer of. */
  readonly published: readonly TopicPartition[];
}

/** What the Kafka inlets of a node share. */
export interface SharedByInlets extends SharedKeys {
  readonly relays: PublishedRelays;
  /** Keeps a definition that has changed. */
  readonly keep: (definition: KafkaInletDefinition) => void;
}

/** Whom an inlet may lead to. Without a policy in force it denies. */
export function inletResource(name: string): GuardedResource {
  return { name, type: "tcp-inlet", needsPolicy: true };
}

/** A Kafka inlet, the way to its outlet's node, and the keys of its records. */
export class KafkaInletSession {
  readonly way: PortalWay;
  readonly #shared: SharedByInlets;
  #encryption: InletEncryption | undefined;
  /** Names of the relays of what is read. */
  readonly #published = new Set<string>();
  #inlet: KafkaInlet | undefined;
  #definition: KafkaInletDefinition;
  #isOver = false;

  private constructor(shared: SharedByInlets, definition: KafkaInletDefinition) {
    const { core } = shared;
    const { identity, name, to } = definition;
    this.#shared = shared;
    this.#definition = definition;
    this.way = new PortalWay(core, {
      name: `kafka inlet ${name}`,
      resource: inletResource(name),
      // Planned anew each time: a node that was restarted may listen at another port.
      open: (signal) =>
        openPortalPath(core, planOutletWay(to, core.state), {
          identity,
          authorized: undefined,
          nodeOf: (route) => route,
          signal,
        }),
    });
  }

  /** Begins to listen and to connect. @throws OckamError of `createKafkaInlet`; RangeError for a malformed address */
  static async start(shared: SharedByInlets, definition: KafkaInletDefinition): Promise<KafkaInletSession> {
    const session = new KafkaInletSession(shared, definition);
    try {
      await session.#start();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get definition(): KafkaInletDefinition {
    return this.#definition;
  }

  /** The bound `host:port`. */
  get address(): string {
    return this.#inlet?.address ?? this.#definition.from;
  }

  /** What clients are told to connect to. */
  get advertisedHost(): string {
    return this.#definition.advertisedHost ?? parseEndpoint(this.#definition.from).host;
  }

  /** `host:port` of each broker that has a port here, by its id. */
  brokers(): Readonly<Record<string, string>> {
    const { host } = parseEndpoint(this.address);
    const ports = this.#inlet?.advertisedPorts() ?? [];
    return Object.fromEntries(Array.from(ports, ([id, port]) => [id, formatEndpoint({ host, port })]));
  }

  /** The relays by which this node is to be found. */
  published(): readonly PublishedRelay[] {
    return this.#shared.relays.of(this);
  }

  /** Records that clients did not get as they should have, since the node was started. */
  get undelivered(): Undelivered {
    return this.#inlet?.undelivered ?? { count: 0, reason: undefined };
  }

  /** What is amiss though there is a way: with the relays, or else with keys. */
  get failure(): Error | undefined {
    const relay = this.published().find(({ failure }) => failure !== undefined);
    return relay?.failure ?? this.way.lastFailure ?? this.#encryption?.lastFailure;
  }

  /** Closes it for good: its policies go, too. The keys stay. */
  async delete(): Promise<void> {
    this.#isOver = true;
    await this.#shared.relays.release(this);
    await this.way.delete();
    await this.#encryption?.delete();
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#shared.relays.release(this);
    await this.way.close();
    await this.#encryption?.close();
  }

  async #start(): Promise<void> {
    const { core } = this.#shared;
    const { advertisedHost, advertisedPorts, brokersPortRange, from, outletPrefix, tls } = this.#definition;
    const { createKafkaInlet } = await import("@ockam/portal-kafka");
    const { contentEncryption = true } = this.#definition;
    this.#encryption = contentEncryption
      ? await InletEncryption.start(this.#shared, this.#definition, (name) => this.#publishHolder(name))
      : undefined;
    const inlet = await createKafkaInlet(core.router, {
      from,
      brokerPorts: brokersPortRange,
      advertisedPorts: new Map(Object.entries(advertisedPorts).map(([id, port]) => [Number(id), port])),
      onAdvertised: (id, port) =>
        this.#changed({ advertisedPorts: { ...this.#definition.advertisedPorts, [id]: port } }),
      onFetch: (partitions) => this.#publish(partitions),
      encryption: this.#encryption?.content,
      admit: this.way.admit,
      disturbance: this.way.disturbance,
      log: core.log,
      ...(tls === undefined ? {} : { tls }),
      ...(advertisedHost === undefined ? {} : { advertisedHost }),
      ...(outletPrefix === undefined || outletPrefix === DEFAULT_KAFKA_PREFIX
        ? {}
        : { outlet: outletPrefix }),
    });
    this.#inlet = inlet;
    this.#changed({ from: inlet.address });
    const { published } = this.#definition;
    this.#definition = { ...this.#definition, published: [] };
    this.#publish(published);
    this.way.start(inlet);
  }

  /** Publishes this node as the consumer of what a client reads. */
  #publish(partitions: readonly TopicPartition[]): void {
    const at = publishingPlace(this.#definition);
    // Clients may still be there when its relays are not any more.
    if (at === undefined || this.#isOver) return;
    const added: TopicPartition[] = [];
    for (const { partition, topic } of partitions) {
      const name = consumerRelayName({ partition, topic });
      if (name === undefined || this.#published.has(name)) continue;
      if (!this.#shared.relays.publish(this, at, name)) continue;
      this.#published.add(name);
      added.push({ topic, partition });
    }
    if (added.length > 0) this.#changed({ published: [...this.#definition.published, ...added] });
  }

  /** Publishes this node as the one that has the keys it makes. */
  #publishHolder(name: string): HolderRelay {
    const at = publishingPlace(this.#definition);
    const { relays } = this.#shared;
    if (at !== undefined) relays.publish(this, at, name);
    return {
      isPublished: () => relays.of(this).some((relay) => relay.name === name && relay.wasUp),
      tried: async () => {
        if (at !== undefined) await relays.triedOf(at, name);
      },
    };
  }

  #changed(change: Partial<KafkaInletDefinition>): void {
    this.#definition = { ...this.#definition, ...change };
    this.#shared.keep(this.#definition);
  }
}

/** Where consumers of this node are published; undefined: nowhere. */
function publishingPlace(definition: KafkaInletDefinition): string | undefined {
  const { consumerRelay, contentEncryption = true, publishingRelay, to } = definition;
  // Who does not decrypt must not be agreed on keys with.
  if (!contentEncryption || publishingRelay === false) return undefined;
  return publishingRelay ?? consumerRelay ?? to;
}
