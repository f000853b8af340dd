// Two nodes in one process, connected by the memory transport.
import { connect, echoWorker, listen, memoryTransport, Router } from "@ockam/core-routing";
import type {
  Address,
  Message,
  Route,
  RoutedConnection,
  RoutedListener,
  Transport,
} from "@ockam/core-routing";
import type { LogEntry } from "@ockam/codec";
import { createIdentities } from "@ockam/identity";
import type { Identifier, Identities } from "@ockam/identity";

import { createSecureChannelListener } from "../src/secure-channel-listener.ts";
import type { SecureChannelListener, SecureChannelListenerOptions } from "../src/secure-channel-listener.ts";
import type { SecureChannelOptions } from "../src/secure-channel.ts";

/** A router with an identity. */
export interface Party {
  readonly router: Router;
  readonly identities: Identities;
  readonly identifier: Identifier;
  readonly entries: LogEntry[];
  /** Names this party in the options of a channel. */
  readonly options: Pick<SecureChannelOptions, "identities" | "identifier" | "log">;
}

/** A party of its own. */
export async function createParty(options: { now?: () => number } = {}): Promise<Party> {
  const entries: LogEntry[] = [];
  const log = (entry: LogEntry): void => void entries.push(entry);
  const identities = createIdentities(options);
  const { identifier } = await identities.create();
  return {
    router: new Router({ log }),
    identities,
    identifier,
    entries,
    options: { identities, identifier, log },
  };
}

/** An initiator's and a responder's node; the responder's `api` accepts channels and leads to `echo`. */
export class Twin implements AsyncDisposable {
  readonly initiator: Party;
  readonly responder: Party;
  readonly network: Transport;
  readonly transportListener: RoutedListener;
  readonly listener: SecureChannelListener;

  private constructor(
    initiator: Party,
    responder: Party,
    network: Transport,
    transportListener: RoutedListener,
    listener: SecureChannelListener,
  ) {
    this.initiator = initiator;
    this.responder = responder;
    this.network = network;
    this.transportListener = transportListener;
    this.listener = listener;
  }

  static async create(options: Partial<SecureChannelListenerOptions> = {}): Promise<Twin> {
    const [initiator, responder] = [await createParty(), await createParty()];
    const network = memoryTransport();
    const transportListener = await listen(responder.router, network, "responder");
    const listener = createSecureChannelListener(responder.router, "api", {
      ...responder.options,
      consumerOf: [transportListener.flowControlId],
      ...options,
    });
    const echo = responder.router.start(echoWorker(), { address: "echo" });
    responder.router.flowControls.addConsumer(echo.address, listener.flowControlId);
    return new Twin(initiator, responder, network, transportListener, listener);
  }

  /** A new connection of `party` to the responder's node. */
  connect(party: Party = this.initiator): Promise<RoutedConnection> {
    return connect(party.router, this.network, "responder");
  }

  /** The way to the listener over a new connection. */
  async route(party: Party = this.initiator): Promise<Route> {
    return [(await this.connect(party)).address, this.listener.address];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.initiator.router.close();
    await this.responder.router.close();
  }
}

/** Starts a worker that collects what it receives. */
export function collector(router: Router, address: string): { address: Address; received: Message[] } {
  const received: Message[] = [];
  const context = router.start((message) => void received.push(message), { address });
  return { address: context.address, received };
}

/** Resolves when `condition` holds; it is looked at after every turn of the event loop, for five seconds at most. */
export async function until(condition: () => boolean, what = "the condition"): Promise<void> {
  for (const end = performance.now() + 5_000; performance.now() < end;) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`${what} did not come true`);
}

/** Lets everything that is under way without timers come to rest. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
