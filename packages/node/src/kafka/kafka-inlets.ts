// The Kafka inlets of a node. docs/protocol/kafka-portal.md, "At a node".
import type { KafkaInletCreateParams } from "../control/control-api.ts";
import { serviceName } from "../control/service-path.ts";
import type { NodeCore } from "../node-core.ts";
import { nodeError } from "../node-error.ts";
import { CONNECTION_WAIT } from "../portals/tcp-inlets.ts";
import { plannedText } from "../routes/route-plan.ts";
import { firstAttempt } from "../sessions/first-attempt.ts";
import { expectName } from "../state/name.ts";
import { restoreEach } from "../state/restore-each.ts";
import type { KafkaInletStatus } from "../status/node-status.ts";
import { sessionStatus } from "../status/session-status.ts";
import { trafficStatus } from "../status/traffic-status.ts";
import { portInUse } from "../transports/port-in-use.ts";
import { brokerPorts } from "./broker-ports.ts";
import { isConsumerRelay, planNodeRoute, planOutletWay } from "./consumer-way.ts";
import { encryptionResources, expectEncryption } from "./inlet-encryption.ts";
import { inletResource, KafkaInletSession } from "./kafka-inlet-session.ts";
import type { KafkaInletDefinition, SharedByInlets } from "./kafka-inlet-session.ts";
import { DEFAULT_KAFKA_PREFIX } from "./kafka-outlets.ts";
import { kafkaPolicies } from "./kafka-policies.ts";
import type { SetPolicies } from "./kafka-policies.ts";
import { KeyExchange } from "./key-exchange.ts";
import { PublishedRelays } from "./published-relays.ts";
import { TopicKeys } from "./topic-keys.ts";
import { unusableCertificate } from "./unusable-certificate.ts";

/** The name of an inlet that is not given one. */
export const DEFAULT_KAFKA_INLET_NAME = "kafka_inlet";
/** Where clients connect to unless told otherwise. */
export const DEFAULT_KAFKA_FROM = "127.0.0.1:4000";
/** Where the outlet's node is unless told otherwise. */
export const DEFAULT_KAFKA_TO = "/project/default";

const KEYS_ARE_IDLE =
  "What was produced through this node's inlets can be read only where its keys are already: the node keeps them, and gives " +
  "them to others again as soon as it has a Kafka inlet";

/** The Kafka inlets of a node. */
export class KafkaInlets {
  readonly #core: NodeCore;
  readonly #own = new Map<string, KafkaInletSession>();
  /** Names of inlets that are being made. */
  readonly #reserved = new Set<string>();
  readonly #shared: SharedByInlets;

  constructor(core: NodeCore) {
    this.#core = core;
    this.#shared = {
      core,
      exchange: new KeyExchange(core),
      topicKeys: new TopicKeys(core),
      relays: new PublishedRelays(core),
      keep: (definition) => this.#keep(definition),
    };
  }

  /**
   * Listens, and waits for a while until the way to the outlet's node is open. When it is not, the inlet is Down and goes on
   * trying.
   * @throws OckamError OCKAM_NODE_KAFKA_INLET_EXISTS, OCKAM_NODE_PORT_IN_USE, OCKAM_NODE_INVALID_ADDRESS,
   * OCKAM_NODE_INVALID_ROUTE, OCKAM_NODE_UNKNOWN_NODE, OCKAM_NODE_PROJECT_NOT_FOUND, OCKAM_NODE_INVALID_POLICY, OCKAM_NODE_INVALID_NAME,
   * OCKAM_NODE_INVALID_PARAMETERS, OCKAM_NODE_INVALID_KAFKA_FIELD, OCKAM_NODE_IDENTITY_NOT_FOUND, or the signal's reason
   */
  async create(params: KafkaInletCreateParams, signal?: AbortSignal): Promise<KafkaInletStatus> {
    const { allow, allowConsumer, allowProducer, connectionWait = CONNECTION_WAIT, ...rest } = params;
    const name = serviceName(params.name ?? DEFAULT_KAFKA_INLET_NAME);
    expectName(name);
    if (this.#own.has(name) || this.#reserved.has(name))
      throw nodeError(
        "KAFKA_INLET_EXISTS",
        `a Kafka inlet named ${name} exists already; choose another name`,
      );
    this.#reserved.add(name);
    let policies: SetPolicies | undefined;
    try {
      const definition = await this.#sensible({ ...rest, name });
      const { consumer, producer } = encryptionResources(name);
      policies = kafkaPolicies(this.#core.policies, [
        { resource: inletResource(name), allow, option: "--allow" },
        ...(definition.contentEncryption === false
          ? []
          : [
              { resource: consumer, allow: allowConsumer, option: "--allow-consumer" },
              { resource: producer, allow: allowProducer, option: "--allow-producer" },
            ]),
      ]);
      signal?.throwIfAborted();
      const session = await this.#start(definition);
      await this.#firstWait(session, connectionWait, signal);
      // Deleted while it waited: what was put down now would come back with the next start.
      if (this.#own.get(name) !== session)
        throw nodeError("CLOSED", `the Kafka inlet ${name} was deleted meanwhile`);
      this.#core.resources.put("kafka-inlet", name, session.definition);
      return { ...this.#statusOf(session), warning: policies.warning ?? null };
    } catch (error) {
      policies?.undo();
      throw error;
    } finally {
      this.#reserved.delete(name);
    }
  }

  list(): readonly KafkaInletStatus[] {
    return Array.from(this.#own.values(), (inlet) => this.#statusOf(inlet));
  }

  /** @throws OckamError OCKAM_NODE_KAFKA_INLET_NOT_FOUND */
  show(name: string): KafkaInletStatus {
    return this.#statusOf(this.#get(name));
  }

  /** Its ports, relays, connections and policies go, too; the keys stay. @throws OckamError OCKAM_NODE_KAFKA_INLET_NOT_FOUND */
  async delete(name: string): Promise<KafkaInletStatus> {
    const inlet = this.#get(name);
    const status = this.#statusOf(inlet);
    this.#own.delete(inlet.definition.name);
    this.#core.resources.delete("kafka-inlet", inlet.definition.name);
    const { keyHolders = [], consumer } = inlet.definition;
    await inlet.delete();
    const isAlone = keyHolders.length === 0 && consumer === undefined;
    if (!isAlone || !(await this.#shared.topicKeys.hasIdleKeys())) return status;
    return { ...status, warning: KEYS_ARE_IDLE };
  }

  /** Brings back what the node had. */
  restore(): Promise<void> {
    return restoreEach<KafkaInletDefinition>(this.#core, "kafka-inlet", ({ definition }) =>
      this.#start(definition),
    );
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#own.values(), (inlet) => inlet.close()));
    await this.#shared.exchange.close();
    await this.#shared.topicKeys.close();
  }

  /** What no waiting would heal. */
  async #sensible(
    params: Omit<KafkaInletCreateParams, "allow" | "allowConsumer" | "allowProducer" | "connectionWait"> & {
      readonly name: string;
    },
  ): Promise<KafkaInletDefinition> {
    const { identity, outletPrefix, publishingRelay } = params;
    const { from = DEFAULT_KAFKA_FROM, to = DEFAULT_KAFKA_TO } = params;
    const { state } = this.#core;
    planOutletWay(to, state);
    if (typeof publishingRelay === "string") planNodeRoute(publishingRelay, state);
    if (identity !== undefined) state.identities.get(identity);
    if (outletPrefix !== undefined) expectName(outletPrefix);
    await expectEncryption(this.#core, { ...params, to });
    return {
      ...params,
      from,
      to,
      brokersPortRange: checkedAddress(() => brokerPorts(from, params.brokersPortRange)),
      brokersPortRangeIsUsual: params.brokersPortRange === undefined,
      advertisedPorts: {},
      published: [],
    };
  }

  async #start(definition: KafkaInletDefinition): Promise<KafkaInletSession> {
    let session: KafkaInletSession;
    try {
      session = await KafkaInletSession.start(this.#shared, definition);
    } catch (error) {
      if (error instanceof RangeError) throw nodeError("INVALID_ADDRESS", error.message, { cause: error });
      throw portInUse(definition.from, error) ?? unusableCertificate(error) ?? error;
    }
    this.#own.set(definition.name, session);
    return session;
  }

  async #firstWait(session: KafkaInletSession, wait: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await firstAttempt(session.way, wait, signal);
    } catch (error) {
      this.#own.delete(session.definition.name);
      await session.close();
      throw error;
    }
  }

  /** Not before it is there, and not after it was deleted. */
  #keep(definition: KafkaInletDefinition): void {
    const { name } = definition;
    if (this.#own.has(name) && !this.#reserved.has(name))
      this.#core.resources.put("kafka-inlet", name, definition);
  }

  #statusOf(session: KafkaInletSession): KafkaInletStatus {
    const { definition, way } = session;
    const {
      contentEncryption = true,
      encryptedFields = [],
      outletPrefix = DEFAULT_KAFKA_PREFIX,
    } = definition;
    const published = session.published();
    const { failure } = session;
    const observed = sessionStatus(way);
    return {
      name: definition.name,
      from: session.address,
      brokers_port_range: definition.brokersPortRange.join("-"),
      advertised_host: session.advertisedHost,
      to: way.path?.text ?? plannedText(definition.to, this.#core.state),
      outlet_prefix: outletPrefix,
      status: way.path === undefined ? "Down" : "Up",
      ...observed,
      // Records are lost on nobody while consumers are not found, but producers wait.
      last_failure: way.path !== undefined && failure !== undefined ? failure.message : observed.last_failure,
      brokers: session.brokers(),
      connections: way.connections().length,
      peer_identifier: way.peer ?? null,
      traffic: trafficStatus(way),
      content_encryption: contentEncryption,
      encrypted_fields: encryptedFields,
      undelivered_records: session.undelivered.count,
      undelivered_reason: session.undelivered.reason ?? null,
      published: published.filter(({ isUp, name }) => isUp && isConsumerRelay(name)).map(({ name }) => name),
    };
  }

  #get(name: string): KafkaInletSession {
    const inlet = this.#own.get(serviceName(name));
    if (inlet !== undefined) return inlet;
    throw nodeError(
      "KAFKA_INLET_NOT_FOUND",
      `The Kafka inlet ${name} was not found; "ockam kafka-inlet list" shows those that are there`,
    );
  }
}

function checkedAddress<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof RangeError) throw nodeError("INVALID_ADDRESS", error.message, { cause: error });
    throw error;
  }
}
