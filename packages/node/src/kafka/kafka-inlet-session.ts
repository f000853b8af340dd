// One Kafka inlet of a node. docs/protocol/kafka-portal.md, "At a node".
import { formatEndpoint, parseEndpoint } from "@ockam/portal-tcp";
import type { ContentEncryption, KafkaInlet, RustCipher } from "@ockam/portal-kafka";

import type { KafkaInletCreateParams } from "../control/control-api.ts";
import type { NodeCore } from "../node-core.ts";
import type { GuardedResource, ResourceGuard } from "../policies/policies.ts";
import { openPortalPath, PortalWay } from "../portals/portal-way.ts";
import { ConsumerAgreement } from "./consumer-agreement.ts";
import { consumerRelayName, planOutletWay } from "./consumer-way.ts";
import type { ConsumerPlace, TopicPartition } from "./consumer-way.ts";
import type { KeyExchange } from "./key-exchange.ts";
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
  /** Ports of brokers, by their id: running clients know them. */
  readonly doors: Readonly<Record<string, number>>;
  /** What this node consumes, and is published as the consumer of. */
  readonly published: readonly TopicPartition[];
}

/** What the Kafka inlets of a node share. */
export interface SharedByInlets {
  readonly core: NodeCore;
  readonly keys: KeyExchange;
  readonly relays: PublishedRelays;
  /** Keeps a definition that has changed. */
  readonly keep: (definition: KafkaInletDefinition) => void;
}

/** The policies of an inlet. Without one in force they deny. */
export function inletResources(name: string): {
  readonly inlet: GuardedResource;
  readonly consumer: GuardedResource;
  readonly producer: GuardedResource;
} {
  return {
    inlet: { name, type: "tcp-inlet", needsPolicy: true },
    consumer: { name: `kafka-consumer-${name}`, type: "kafka-consumer", needsPolicy: true },
    producer: { name: `kafka-producer-${name}`, type: "kafka-producer", needsPolicy: true },
  };
}

/** How an inlet's records are encrypted, and what that holds. */
interface Encryption {
  readonly content: ContentEncryption;
  readonly cipher: RustCipher;
  readonly agreement: ConsumerAgreement;
  readonly producers: ResourceGuard;
  readonly resources: readonly GuardedResource[];
}

/** A Kafka inlet, the way to its outlet's node, and the keys of its records. */
export class KafkaInletSession {
  readonly way: PortalWay;
  readonly #shared: SharedByInlets;
  readonly #encryption: Encryption | undefined;
  /** Names of the relays of what is read. */
  readonly #published = new Set<string>();
  #inlet: KafkaInlet | undefined;
  #definition: KafkaInletDefinition;

  private constructor(
    shared: SharedByInlets,
    definition: KafkaInletDefinition,
    encryption: Encryption | undefined,
  ) {
    const { core } = shared;
    const { identity, name, to } = definition;
    this.#shared = shared;
    this.#definition = definition;
    this.#encryption = encryption;
    this.way = new PortalWay(core, {
      name: `kafka inlet ${name}`,
      resource: inletResources(name).inlet,
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
    const session = new KafkaInletSession(shared, definition, await encryptionOf(shared, definition));
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

  /** Connections of clients at present. */
  get connections(): number {
    return this.#inlet?.connections().length ?? 0;
  }

  /** `host:port` of each broker that has a port here, by its id. */
  doors(): Readonly<Record<string, string>> {
    const { host } = parseEndpoint(this.address);
    const doors = this.#inlet?.doors() ?? [];
    return Object.fromEntries(Array.from(doors, ([id, port]) => [id, formatEndpoint({ host, port })]));
  }

  /** The relays by which this node is to be found. */
  published(): readonly PublishedRelay[] {
    return this.#shared.relays.of(this);
  }

  /** Closes it for good: its policies go, too. The keys stay. */
  async delete(): Promise<void> {
    await this.#release();
    await this.way.delete();
    const { policies } = this.#shared.core;
    for (const resource of this.#encryption?.resources ?? []) policies.forget(resource);
  }

  async close(): Promise<void> {
    await this.#release();
    await this.way.close();
    const { policies } = this.#shared.core;
    for (const resource of this.#encryption?.resources ?? []) policies.release(resource);
  }

  async #start(): Promise<void> {
    const { core } = this.#shared;
    const { advertisedHost, brokersPortRange, doors, from, outletPrefix, tls } = this.#definition;
    const { createKafkaInlet } = await import("@ockam/portal-kafka");
    const encryption = this.#encryption;
    if (encryption !== undefined) await this.#shared.keys.use(encryption.producers);
    const inlet = await createKafkaInlet(core.router, {
      from,
      brokerPorts: brokersPortRange,
      knownDoors: new Map(Object.entries(doors).map(([id, port]) => [Number(id), port])),
      onDoor: (id, port) => this.#changed({ doors: { ...this.#definition.doors, [id]: port } }),
      onFetch: (partitions) => this.#publish(partitions),
      encryption: encryption?.content,
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
    if (at === undefined) return;
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

  #changed(change: Partial<KafkaInletDefinition>): void {
    this.#definition = { ...this.#definition, ...change };
    this.#shared.keep(this.#definition);
  }

  async #release(): Promise<void> {
    const { keys, relays } = this.#shared;
    await relays.release(this);
    if (this.#encryption === undefined) return;
    const { agreement, cipher, producers } = this.#encryption;
    keys.release(producers);
    await cipher.close();
    await agreement.close();
  }
}

/** Where consumers of this node are published; undefined: nowhere. */
function publishingPlace(definition: KafkaInletDefinition): string | undefined {
  const { consumerRelay, contentEncryption = true, publishingRelay, to } = definition;
  // Who does not decrypt must not be agreed on keys with.
  if (!contentEncryption || publishingRelay === false) return undefined;
  return publishingRelay ?? consumerRelay ?? to;
}

async function encryptionOf(
  { core, keys }: SharedByInlets,
  definition: KafkaInletDefinition,
): Promise<Encryption | undefined> {
  const { consumer, consumerRelay, contentEncryption = true, encryptedFields = [], identity } = definition;
  const { name, plainRecords, to, unreadableRecords } = definition;
  if (!contentEncryption) return undefined;
  const { fieldProtection, ReadingPatience, RustCipher, WHOLE_VALUE } = await import("@ockam/portal-kafka");
  const protection = encryptedFields.length === 0 ? WHOLE_VALUE : fieldProtection(encryptedFields);
  const resources = inletResources(name);
  const producers = core.policies.guard(resources.producer);
  const place: ConsumerPlace =
    consumer === undefined ? { kind: "relays", to: consumerRelay ?? to } : { kind: "node", to: consumer };
  const guard = core.policies.guard(resources.consumer);
  const agreement = new ConsumerAgreement({ core, place, identity, guard });
  const cipher = new RustCipher({
    agree: (topic, partition) => agreement.agree({ topic, partition }),
    hasOneConsumer: consumer !== undefined,
    find: (decryptor) => keys.find(decryptor, producers),
    log: core.log,
  });
  return {
    content: {
      cipher,
      protection,
      patience: new ReadingPatience(),
      ...(plainRecords === undefined ? {} : { plain: plainRecords }),
      ...(unreadableRecords === undefined ? {} : { unreadable: unreadableRecords }),
    },
    cipher,
    agreement,
    producers,
    resources: [resources.consumer, resources.producer],
  };
}
