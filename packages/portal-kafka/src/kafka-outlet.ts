// The Kafka outlet: near the brokers. docs/protocol/kafka-portal.md, "The outlet".
import type { Log } from "@ockam/codec";
import { silentLog } from "@ockam/codec";
import type { AccessControl, Address, Context, Message, Router } from "@ockam/core-routing";
import {
  createOutlet,
  formatEndpoint,
  NO_TRAFFIC,
  parseEndpoint,
  peerIdentifierOf,
  totalTraffic,
} from "@ockam/portal-tcp";
import type { Endpoint, Outlet, OutletOptions, PortalConnection, PortalTraffic } from "@ockam/portal-tcp";
import type { BrokerAddress } from "@ockam/kafka-protocol";

import { ConversationEnd } from "./conversation-end.ts";
import { failedLast } from "./latest-failure.ts";
import { MAX_BROKERS } from "./limits.ts";
import { OutletConversation } from "./outlet-conversation.ts";

/** The address that Rust inlets send to first. */
export const KAFKA_INTERCEPTOR = "kafka_interceptor";
/** The outlet to the bootstrap server. */
export const KAFKA_BOOTSTRAP = "kafka_bootstrap";
/** In front of a broker's id in the address of the outlet to it. */
export const KAFKA_BROKER_PREFIX = "kafka_outlet_";

/** What a Kafka outlet is to be. */
export interface KafkaOutletOptions extends Pick<
  OutletOptions,
  "admit" | "tls" | "disturbance" | "dangerouslyAllowUnauthenticatedRemotePeers"
> {
  /** A broker to ask for the others: `host:port`. */
  readonly bootstrapServer: string;
  /**
   * In front of its addresses, so that a node can have several outlets: `<name>_interceptor` and so on. Without one it
   * has the addresses that Rust inlets expect.
   */
  readonly name?: string;
  /** Who may use it. */
  readonly incoming?: AccessControl;
  /** What it may send to whom. */
  readonly outgoing?: AccessControl;
  /** A worker that peers are to reach has started, or stopped. */
  readonly onAddress?: (address: Address, isUp: boolean) => void;
  /** Where brokers were before, `host:port` by their id: running clients may never ask where they are again. */
  readonly knownBrokers?: ReadonlyMap<number, string>;
  /** A broker was heard of, or has moved: what {@link knownBrokers} is to have after a restart. */
  readonly onBroker?: (brokerId: number, address: string) => void;
  readonly log?: Log;
}

/** A running Kafka outlet. */
export interface KafkaOutlet extends AsyncDisposable {
  /** Where inlets send to first. */
  readonly address: Address;
  /** The brokers that it leads to, as `host:port` by their id. */
  brokers(): ReadonlyMap<number, string>;
  /** Those to all brokers. */
  connections(): readonly PortalConnection[];
  /** Why the latest connection that failed did so, to whichever broker: a certificate that is not trusted, say. */
  readonly lastFailure: Error | undefined;
  /** When that was, ms since 1970. */
  readonly lastFailureAt: number | undefined;
  /** What went to and from all brokers since it was started. */
  readonly traffic: PortalTraffic;
  close(): Promise<void>;
}

/**
 * Starts a Kafka outlet. It passes everything on as it is, and learns from what the brokers say where the others are: each gets an
 * outlet of its own, which follows when the broker moves.
 * @throws OckamError OCKAM_ROUTING_ADDRESS_IN_USE, OCKAM_PORTAL_CERTIFICATE_UNUSABLE; RangeError for a malformed bootstrap server
 */
export function createKafkaOutlet(router: Router, options: KafkaOutletOptions): KafkaOutlet {
  return new KafkaOutletWorker(router, options);
}

class KafkaOutletWorker implements KafkaOutlet {
  readonly #router: Router;
  readonly #options: KafkaOutletOptions;
  readonly #context: Context;
  readonly #bootstrap: Outlet;
  readonly #brokers = new Map<number, Outlet>();
  /** One response is learned from at a time: two may tell of the same move. */
  #learning: Promise<void> = Promise.resolve();
  /** Of outlets to brokers that have moved. */
  #trafficBefore = NO_TRAFFIC;
  #isClosed = false;

  constructor(router: Router, options: KafkaOutletOptions) {
    this.#router = router;
    this.#options = options;
    this.#bootstrap = this.#startOutlet(KAFKA_BOOTSTRAP, options.bootstrapServer);
    for (const [id, address] of options.knownBrokers ?? []) this.#startBroker(id, address);
    const { incoming } = options;
    this.#context = router.start(
      // To its outlets, and to nothing else.
      (message, context) => {
        const [, next] = message.onwardRoute;
        if (next === undefined || !this.#hasOutlet(next) || !this.#isTrusted(message)) return undefined;
        return context.forward(message.rerouted(message.onwardRoute.slice(1), message.returnRoute));
      },
      { address: this.#nameOf(KAFKA_INTERCEPTOR), mailbox: incoming === undefined ? {} : { incoming } },
    );
    options.onAddress?.(this.#context.address, true);
  }

  get address(): Address {
    return this.#context.address;
  }

  brokers(): ReadonlyMap<number, string> {
    return new Map([...this.#brokers].map(([id, outlet]) => [id, formatEndpoint(outlet.to)]));
  }

  connections(): readonly PortalConnection[] {
    return this.#outlets().flatMap((outlet) => outlet.connections());
  }

  get lastFailure(): Error | undefined {
    return failedLast(this.#outlets())?.lastFailure;
  }

  get lastFailureAt(): number | undefined {
    return failedLast(this.#outlets())?.lastFailureAt;
  }

  get traffic(): PortalTraffic {
    return totalTraffic([this.#trafficBefore, ...this.#outlets().map((outlet) => outlet.traffic)]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#options.onAddress?.(this.address, false);
    await this.#context.stop();
    await this.#learning;
    await Promise.all(this.#outlets().map((outlet) => this.#stopOutlet(outlet)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #outlets(): readonly Outlet[] {
    return [this.#bootstrap, ...this.#brokers.values()];
  }

  #hasOutlet(address: Address): boolean {
    return this.#outlets().some((outlet) => outlet.address.equals(address));
  }

  /** The outlets would say the same, but not why: behind this worker nobody is on this machine. */
  #isTrusted(message: Message): boolean {
    const { dangerouslyAllowUnauthenticatedRemotePeers } = this.#options;
    if (dangerouslyAllowUnauthenticatedRemotePeers === true || peerIdentifierOf(message) !== undefined)
      return true;
    this.#report(
      "a message was dropped: without a secure channel nobody may use a Kafka outlet; " +
        "put one in the inlet's route, also when both are on one node (--to self)",
    );
    return false;
  }

  /** Outlets to brokers must be there before the inlet hears of them. */
  #learn(brokers: readonly BrokerAddress[]): Promise<void> {
    const learned = this.#learning.then(() => this.#follow(brokers));
    this.#learning = learned.catch(() => {});
    return learned;
  }

  async #follow(brokers: readonly BrokerAddress[]): Promise<void> {
    for (const { host, nodeId, port } of brokers) {
      if (this.#isClosed || nodeId < 0 || !isEndpoint({ host, port })) continue;
      const known = this.#brokers.get(nodeId);
      if (known?.to.host === host && known.to.port === port) continue;
      if (known === undefined && this.#brokers.size >= MAX_BROKERS) {
        this.#report(`broker ${nodeId} gets no outlet: there are ${MAX_BROKERS}`);
        continue;
      }
      // It is somewhere else now: its connections lead nowhere.
      if (known !== undefined) await this.#stopBroker(nodeId, known);
      const address = formatEndpoint({ host, port });
      this.#startBroker(nodeId, address);
      this.#options.onBroker?.(nodeId, address);
    }
  }

  #startBroker(id: number, address: string): void {
    this.#brokers.set(id, this.#startOutlet(KAFKA_BROKER_PREFIX + id, address));
  }

  async #stopBroker(id: number, outlet: Outlet): Promise<void> {
    await this.#stopOutlet(outlet);
    this.#brokers.delete(id);
    this.#trafficBefore = totalTraffic([this.#trafficBefore, outlet.traffic]);
  }

  #startOutlet(name: string, to: string): Outlet {
    const { admit, dangerouslyAllowUnauthenticatedRemotePeers, disturbance } = this.#options;
    const { incoming, log, onAddress, outgoing, tls } = this.#options;
    const outlet = createOutlet(this.#router, {
      to,
      address: this.#nameOf(name),
      intercept: (end) =>
        new ConversationEnd(end, ({ toApplication, toPeer }) => {
          const conversation = new OutletConversation(
            { onBrokers: (brokers) => this.#learn(brokers) },
            { toBroker: toApplication, toClient: toPeer },
          );
          return {
            fromApplication: (message) => conversation.fromBroker(message),
            fromPeer: (message) => conversation.fromClient(message),
          };
        }),
      ...(admit === undefined ? {} : { admit }),
      ...(dangerouslyAllowUnauthenticatedRemotePeers === undefined
        ? {}
        : { dangerouslyAllowUnauthenticatedRemotePeers }),
      ...(disturbance === undefined ? {} : { disturbance }),
      ...(incoming === undefined ? {} : { incoming }),
      ...(outgoing === undefined ? {} : { outgoing }),
      ...(tls === undefined ? {} : { tls }),
      ...(log === undefined ? {} : { log }),
    });
    onAddress?.(outlet.address, true);
    return outlet;
  }

  async #stopOutlet(outlet: Outlet): Promise<void> {
    this.#options.onAddress?.(outlet.address, false);
    await outlet.close();
  }

  #nameOf(suffix: string): string {
    const { name } = this.#options;
    return name === undefined ? suffix : suffix.replace(/^kafka/, name);
  }

  #report(message: string): void {
    const log = this.#options.log ?? silentLog;
    log({ level: "warn", area: "portal-kafka", message });
  }
}

/** Whether that is somewhere: brokers that are nowhere are told of with no host, or port -1. */
function isEndpoint(endpoint: Endpoint): boolean {
  try {
    return parseEndpoint(endpoint).port > 0;
  } catch {
    return false;
  }
}
