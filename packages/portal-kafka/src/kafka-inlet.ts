// The Kafka inlet: beside the clients. docs/protocol/kafka-portal.md, "The inlet".
import { OckamError } from "@ockam/codec";
import type { Log } from "@ockam/codec";
import { Address } from "@ockam/core-routing";
import type { AccessControl, Route, Router } from "@ockam/core-routing";
import type { BrokerAddress } from "@ockam/kafka-protocol";
import { createInlet, parseEndpoint, totalTraffic } from "@ockam/portal-tcp";
import type {
  Disturbance,
  Inlet,
  InletTlsOptions,
  PortalAdmission,
  PortalConnection,
  PortalTraffic,
} from "@ockam/portal-tcp";

import { ConversationEnd } from "./conversation-end.ts";
import { InletConversation } from "./inlet-conversation.ts";
import type { ContentEncryption, InletConversationOptions } from "./inlet-conversation.ts";
import { KAFKA_BOOTSTRAP, KAFKA_BROKER_PREFIX, KAFKA_INTERCEPTOR } from "./kafka-outlet.ts";
import { failedLast } from "./latest-failure.ts";
import { MAX_BROKERS } from "./limits.ts";
import type { Partition } from "./partition.ts";
import { TopicNames } from "./topic-names.ts";

/** How many ports behind its own an inlet takes for brokers unless told otherwise. */
export const BROKER_PORTS = 100;

/** What a Kafka inlet is to be. */
export interface KafkaInletOptions {
  /** Where clients find it: `host:port`, a port on 127.0.0.1, or port 0 for any. */
  readonly from: string | number;
  /** Ports for brokers, the first and the last; by default the {@link BROKER_PORTS} behind that of {@link from}, or any for port 0. */
  readonly brokerPorts?: readonly [number, number];
  /** Ports that brokers had before, by their id: running clients know them. */
  readonly advertisedPorts?: ReadonlyMap<number, number>;
  /** What clients are told to connect to; by default the host of {@link from}. */
  readonly advertisedHost?: string;
  /** Speaks TLS with clients, at all its ports: by a certificate for the host that clients are told. */
  readonly tls?: InletTlsOptions;
  /** The way to the outlet's node. Without one the inlet is paused. */
  readonly route?: Route;
  /** The name of an outlet that has one. */
  readonly outlet?: string;
  /** Undefined: records pass as they are. */
  readonly encryption?: ContentEncryption | undefined;
  readonly onFetch?: (partitions: readonly Partition[]) => void;
  /** A broker got a port: what {@link advertisedPorts} is to have after a restart. */
  readonly onAdvertised?: (brokerId: number, port: number) => void;
  /** Whether connections may lead to the identity at the other end; all may by default. */
  readonly admit?: PortalAdmission;
  readonly incoming?: AccessControl;
  readonly outgoing?: AccessControl;
  readonly disturbance?: Disturbance;
  readonly log?: Log;
}

/** Records that clients did not get as they should have. */
export interface Undelivered {
  /** How many, since the inlet was started. A record is counted each time that it is asked for. */
  readonly count: number;
  /** Which ones, and why, of the latest. */
  readonly reason: string | undefined;
}

/** A running Kafka inlet. */
export interface KafkaInlet extends AsyncDisposable {
  /** The `host:port` that clients connect to first. */
  readonly address: string;
  /** The ports of brokers, by their id. */
  advertisedPorts(): ReadonlyMap<number, number>;
  connections(): readonly PortalConnection[];
  /** Why the latest connection that failed did so, at whichever port; or why it is paused. */
  readonly lastFailure: Error | undefined;
  /** When a connection failed last, ms since 1970. */
  readonly lastFailureAt: number | undefined;
  /** What went through all its ports since it was started. */
  readonly traffic: PortalTraffic;
  /** Records that could not be opened, or that nobody sealed. */
  readonly undelivered: Undelivered;
  /** Gives new connections another way to the outlet's node. */
  setRoute(route: Route): void;
  /** Refuses new connections until {@link setRoute}. */
  pause(reason?: Error): void;
  close(): Promise<void>;
}

/**
 * Starts a Kafka inlet: a port for the first connection, and one for each broker that a response names.
 * @throws OckamError OCKAM_PORTAL_ADDRESS_IN_USE, OCKAM_PORTAL_LISTEN_FAILED, OCKAM_PORTAL_CERTIFICATE_UNUSABLE; RangeError for a
 * malformed address or range
 */
export async function createKafkaInlet(router: Router, options: KafkaInletOptions): Promise<KafkaInlet> {
  const inlet = new KafkaInletPorts(router, options);
  try {
    await inlet.start();
  } catch (error) {
    await inlet.close();
    throw error;
  }
  return inlet;
}

class KafkaInletPorts implements KafkaInlet {
  readonly #router: Router;
  readonly #options: KafkaInletOptions;
  readonly #host: string;
  readonly #conversation: InletConversationOptions;
  /** By the worker at the outlet's node that it leads to. */
  readonly #inlets = new Map<string, Inlet>();
  readonly #opened = new Map<number, Promise<number>>();
  readonly #ports = new Map<number, number>();
  #route: Route | undefined;
  #pauseReason: Error | undefined;
  #undelivered: Undelivered = { count: 0, reason: undefined };
  #isClosed = false;

  constructor(router: Router, options: KafkaInletOptions) {
    this.#router = router;
    this.#options = options;
    this.#host = parseEndpoint(options.from).host;
    this.#route = options.route;
    const [first, last] = options.brokerPorts ?? [0, 0];
    if (first > last || first < 0 || last > 0xffff) {
      throw new RangeError(`"brokerPorts" expected a first and a last port, got ${first} and ${last}`);
    }
    this.#conversation = {
      encryption: options.encryption,
      topics: new TopicNames(),
      advertisedAddressOf: async (broker) => ({
        host: options.advertisedHost ?? this.#host,
        port: await this.#advertisedPortOf(broker),
      }),
      onUndelivered: (count, reason) => {
        this.#undelivered = { count: this.#undelivered.count + count, reason };
      },
      ...(options.onFetch === undefined ? {} : { onFetch: options.onFetch }),
      ...(options.log === undefined ? {} : { log: options.log }),
    };
  }

  async start(): Promise<void> {
    const { port } = parseEndpoint(this.#options.from);
    await this.#listen(KAFKA_BOOTSTRAP, port);
    // Running clients know the brokers' ports, and may never ask at the first one again.
    for (const [id, known] of this.#options.advertisedPorts ?? []) {
      await this.#open(id, [known]).catch((error: unknown) => {
        this.#options.log?.({
          level: "warn",
          area: "portal-kafka",
          message: `port ${known} of broker ${id} is not there any more: clients that know it have to ask for the brokers again`,
          error,
        });
      });
    }
  }

  get address(): string {
    return this.#inlets.get(KAFKA_BOOTSTRAP)!.address;
  }

  get lastFailure(): Error | undefined {
    return failedLast(this.#inlets.values())?.lastFailure ?? this.#pauseReason;
  }

  get lastFailureAt(): number | undefined {
    return failedLast(this.#inlets.values())?.lastFailureAt;
  }

  get traffic(): PortalTraffic {
    return totalTraffic(Array.from(this.#inlets.values(), (inlet) => inlet.traffic));
  }

  get undelivered(): Undelivered {
    return this.#undelivered;
  }

  advertisedPorts(): ReadonlyMap<number, number> {
    return this.#ports;
  }

  connections(): readonly PortalConnection[] {
    return Array.from(this.#inlets.values()).flatMap((inlet) => inlet.connections());
  }

  setRoute(route: Route): void {
    this.#route = route;
    this.#pauseReason = undefined;
    for (const [worker, inlet] of this.#inlets) inlet.setRoute(this.#routeTo(route, worker));
  }

  pause(reason?: Error): void {
    this.#route = undefined;
    this.#pauseReason = reason;
    for (const inlet of this.#inlets.values()) inlet.pause(reason);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#opened.values());
    await Promise.all(Array.from(this.#inlets.values(), (inlet) => inlet.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #advertisedPortOf({ nodeId }: BrokerAddress): Promise<number> {
    const known = this.#opened.get(nodeId);
    if (known !== undefined) return known;
    if (this.#opened.size >= MAX_BROKERS) return Promise.reject(noPort(nodeId));
    const port = this.#open(nodeId, this.#freePorts());
    this.#opened.set(nodeId, port);
    // The next response may have more luck.
    port.catch(() => this.#opened.delete(nodeId));
    return port;
  }

  #freePorts(): readonly number[] {
    const { port } = parseEndpoint(this.#options.from);
    if (this.#options.brokerPorts === undefined && port === 0) return [0];
    const [first, last] = this.#options.brokerPorts ?? [port + 1, Math.min(port + BROKER_PORTS, 0xffff)];
    const taken = new Set(this.#ports.values());
    return Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((free) => !taken.has(free));
  }

  /** Listens at the first of `ports` that nobody else has. */
  async #open(brokerId: number, ports: readonly number[]): Promise<number> {
    for (const port of ports) {
      if (this.#isClosed) break;
      try {
        const bound = await this.#listen(KAFKA_BROKER_PREFIX + brokerId, port);
        this.#ports.set(brokerId, bound);
        if (!this.#opened.has(brokerId)) this.#opened.set(brokerId, Promise.resolve(bound));
        this.#options.onAdvertised?.(brokerId, bound);
        return bound;
      } catch (error) {
        if (!(error instanceof OckamError) || error.code !== "OCKAM_PORTAL_ADDRESS_IN_USE") throw error;
      }
    }
    throw noPort(brokerId);
  }

  async #listen(worker: string, port: number): Promise<number> {
    const { admit, disturbance, incoming, log, outgoing, tls } = this.#options;
    const inlet = await createInlet(this.#router, {
      from: { host: this.#host, port },
      intercept: (end) =>
        new ConversationEnd(end, ({ toApplication, toPeer }) => {
          const conversation = new InletConversation(this.#conversation, {
            toBroker: toPeer,
            toClient: toApplication,
          });
          return {
            fromApplication: (message) => conversation.fromClient(message),
            fromPeer: (message) => conversation.fromBroker(message),
          };
        }),
      ...(this.#route === undefined ? {} : { route: this.#routeTo(this.#route, worker) }),
      ...(admit === undefined ? {} : { admit }),
      ...(disturbance === undefined ? {} : { disturbance }),
      ...(incoming === undefined ? {} : { incoming }),
      ...(outgoing === undefined ? {} : { outgoing }),
      ...(log === undefined ? {} : { log }),
      ...(tls === undefined ? {} : { tls }),
    });
    if (this.#isClosed) await inlet.close();
    this.#inlets.set(worker, inlet);
    return parseEndpoint(inlet.address).port;
  }

  #routeTo(route: Route, worker: string): Route {
    return [...route, ...[KAFKA_INTERCEPTOR, worker].map((name) => Address.local(this.#atOutlet(name)))];
  }

  #atOutlet(name: string): string {
    const { outlet } = this.#options;
    return outlet === undefined ? name : name.replace(/^kafka/, outlet);
  }
}

function noPort(brokerId: number): Error {
  return new OckamError(
    "OCKAM_KAFKA_NO_PORT",
    `there is no free port for broker ${brokerId}: give the inlet a larger range of ports`,
  );
}
