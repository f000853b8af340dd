// The router: who is where in this node, and the way between two of them. docs/protocol/routing.md, "The router".
import type { Log } from "@ockam/codec";
import { OckamError, silentLog } from "@ockam/codec";

import { allowAll } from "./access-control.ts";
import { Address, LOCAL_TRANSPORT } from "./address.ts";
import { FlowControls } from "./flow-control.ts";
import type { Message } from "./message.ts";
import type { RequestOptions } from "./request.ts";
import { request } from "./request.ts";
import type { Route } from "./route.ts";
import type { Context, Mailbox, Worker } from "./worker.ts";
import { WorkerContext } from "./worker-context.ts";
import type { DeliveryStack } from "./worker-queue.ts";
import { isAllowed, WorkerQueue } from "./worker-queue.ts";

/** Options of a {@link Router}. */
export interface RouterOptions {
  /** Where failures go that have nobody to return to; nowhere by default. */
  readonly log?: Log;
}

/** Options of {@link Router.start}. */
export interface StartOptions {
  /** The primary address, or the name of a local one; random by default. */
  readonly address?: Address | string;
  /** Checks and facts of the primary address. */
  readonly mailbox?: Omit<Mailbox, "address">;
  /** Further addresses that lead to the same worker. */
  readonly additional?: readonly Mailbox[];
}

/** A worker at its addresses. */
interface Resident {
  readonly worker: Worker;
  readonly context: WorkerContext;
  readonly queue: WorkerQueue;
  readonly mailboxes: readonly Mailbox[];
}

interface Place {
  readonly mailbox: Mailbox;
  readonly resident: Resident;
  /** Resolves when the last outgoing check that had to wait is done: messages must not overtake it. */
  checking: Promise<void> | undefined;
}

/**
 * Delivers messages between the workers of one node. Delivery is a call of the worker at the next hop, found by one
 * look-up; a worker that is busy has a short queue ({@link WORKER_QUEUE_CAPACITY}), and a promise that comes back from
 * a send asks to wait until there is room in it.
 */
export class Router {
  readonly flowControls: FlowControls = new FlowControls();
  /** Where this router, and what is built on it, reports failures. */
  readonly log: Log;
  readonly #places = new Map<string, Place>();
  /** Mailboxes of workers that shut down: nothing is delivered to them, but they may say goodbye. */
  readonly #leaving = new Map<string, Place>();
  readonly #stack: DeliveryStack = { depth: 0 };
  #closed = false;

  constructor(options: RouterOptions = {}) {
    this.log = options.log ?? silentLog;
  }

  /**
   * Starts a worker. Messages that come before its `initialize` is done wait.
   * @throws OckamError OCKAM_ROUTING_ADDRESS_IN_USE, OCKAM_ROUTING_CLOSED, or what `initialize` throws at once: the
   * worker is stopped then. RangeError for an address that is not a local one.
   */
  start(worker: Worker | Worker["handleMessage"], options: StartOptions = {}): Context {
    if (this.#closed)
      throw new OckamError("OCKAM_ROUTING_CLOSED", "the router is closed; create another one");
    const address =
      typeof options.address === "string"
        ? Address.local(options.address)
        : (options.address ?? Address.random());
    const mailboxes: readonly Mailbox[] = [{ ...options.mailbox, address }, ...(options.additional ?? [])];
    const keys = this.#reserve(mailboxes);
    const context = new WorkerContext(this, address, keys);
    const behaviour: Worker = typeof worker === "function" ? { handleMessage: worker } : worker;
    const queue = new WorkerQueue(behaviour, context, this.#stack, this.log);
    const resident: Resident = { worker: behaviour, context, queue, mailboxes };
    for (const mailbox of mailboxes) {
      this.#places.set(mailbox.address.key, { mailbox, resident, checking: undefined });
    }
    this.#initialize(resident);
    return context;
  }

  /**
   * Stops the worker that has `address` among its addresses. All of them are free at once, and flow control forgets
   * them; the promise resolves after the worker's `shutdown`. Nothing happens when nobody is there.
   */
  async stop(address: Address): Promise<void> {
    const place = this.#places.get(address.key);
    if (place !== undefined) await this.#evict(place.resident);
  }

  /** Whether there is a worker at `address`. */
  has(address: Address): boolean {
    return this.#places.has(address.key);
  }

  /** The mailbox at `address`. */
  mailbox(address: Address): Mailbox | undefined {
    return this.#places.get(address.key)?.mailbox;
  }

  /** The primary addresses of all workers, in the order of their start. */
  addresses(): readonly Address[] {
    const residents = new Set([...this.#places.values()].map((place) => place.resident));
    return [...residents].map((resident) => resident.context.address);
  }

  /**
   * Sends `message`, as the worker that has the mailbox `from`, to the first address of its onward route.
   * @returns a promise when the worker there is behind: send more after it.
   * @throws OckamError OCKAM_ROUTING_UNKNOWN_SOURCE, OCKAM_ROUTING_INCOMPLETE_ROUTE, OCKAM_ROUTING_UNKNOWN_ADDRESS.
   */
  send(from: Address, message: Message): void | Promise<void> {
    const source = this.#places.get(from.key) ?? this.#leaving.get(from.key);
    if (source === undefined) {
      throw new OckamError(
        "OCKAM_ROUTING_UNKNOWN_SOURCE",
        `nothing can be sent from ${String(from)}: no worker has this address, or it was stopped`,
      );
    }
    const next = message.onwardRoute[0];
    if (next === undefined) {
      throw new OckamError(
        "OCKAM_ROUTING_INCOMPLETE_ROUTE",
        "the onward route is empty; name a worker to send to",
      );
    }
    const target = this.#places.get(next.key);
    if (target === undefined) throw unknownAddress(next);
    const sent = this.#stamp(message, source.mailbox.address);
    const check = source.mailbox.outgoing;
    if (check === undefined || check === allowAll) return target.resident.queue.deliver(target.mailbox, sent);
    if (source.checking !== undefined) return this.#deliverLater(source, sent);
    const answer = isAllowed(check, sent, (error) => this.#logCheck(source, error));
    if (answer === true) return target.resident.queue.deliver(target.mailbox, sent);
    if (answer === false) return this.#logRefused(source, next);
    return this.#deliverLater(source, sent, answer);
  }

  /**
   * Sends `payload` along `route` from a temporary address, and returns the first message that comes back to it. The
   * address is made a consumer of the flow of the first hop, so that an answer through a connection or a channel gets in.
   * @throws OckamError OCKAM_ROUTING_TIMEOUT when none came in time, and what {@link send} throws; the signal's reason.
   * RangeError for a timeout that is negative or no number.
   */
  request(
    route: Route,
    payload: Uint8Array | readonly Uint8Array[],
    options: RequestOptions = {},
  ): Promise<Message> {
    return request(this, route, payload, options);
  }

  /**
   * Stops every worker, the last one started first, each after the one before it is done; only connections are not
   * waited for one by one. No other worker can be started afterwards.
   */
  async close(): Promise<void> {
    this.#closed = true;
    const residents = new Set([...this.#places.values()].map((place) => place.resident));
    const connections: Promise<void>[] = [];
    for (const resident of [...residents].toReversed()) {
      const stopped = this.#evict(resident);
      if (resident.mailboxes[0]?.terminal?.loopback === undefined) await stopped;
      else connections.push(stopped);
    }
    await Promise.all(connections);
  }

  /** {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The keys of the addresses, which are local, free and distinct. */
  #reserve(mailboxes: readonly Mailbox[]): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const { address } of mailboxes) {
      if (address.type !== LOCAL_TRANSPORT) {
        throw new RangeError(`"address" expected a local address (type 0), got ${String(address)}`);
      }
      if (keys.has(address.key) || this.#places.has(address.key)) {
        throw new OckamError(
          "OCKAM_ROUTING_ADDRESS_IN_USE",
          `there is a worker at ${String(address)} already; stop it or choose another address`,
        );
      }
      keys.add(address.key);
    }
    return keys;
  }

  #initialize(resident: Resident): void {
    const { worker, context, queue } = resident;
    let pending: void | Promise<void>;
    try {
      pending = worker.initialize?.(context);
    } catch (error) {
      void this.#evict(resident);
      throw error;
    }
    if (pending === undefined) {
      queue.open();
      return;
    }
    pending.then(
      () => queue.open(),
      (error: unknown) => {
        this.#logWorker(resident, "could not be initialized", error);
        return this.#evict(resident);
      },
    );
  }

  async #evict(resident: Resident): Promise<void> {
    const { context, queue, mailboxes, worker } = resident;
    if (context.stopped) return;
    context.stopped = true;
    const places = mailboxes.map(({ address }) => this.#places.get(address.key)!);
    for (const place of places) {
      const { address } = place.mailbox;
      this.#places.delete(address.key);
      this.#leaving.set(address.key, place);
      this.flowControls.cleanup(address);
    }
    queue.close();
    try {
      await worker.shutdown?.(context);
    } catch (error) {
      this.#logWorker(resident, "could not be shut down in order", error);
    }
    for (const place of places) {
      const { key } = place.mailbox.address;
      if (this.#leaving.get(key) === place) this.#leaving.delete(key);
    }
  }

  /** A message that was sent before, and may still wait somewhere, keeps the source that it was sent from. */
  #stamp(message: Message, source: Address): Message {
    const sent =
      message.source === undefined || message.source === source
        ? message
        : message.rerouted(message.onwardRoute, message.returnRoute);
    sent.source = source;
    return sent;
  }

  /** Delivers after `answer`, or, when there is none yet, asks after the checks that are under way. */
  #deliverLater(source: Place, message: Message, answer?: Promise<boolean>): Promise<void> {
    const run = async (before: Promise<void> | undefined): Promise<void> => {
      await before;
      const check = source.mailbox.outgoing ?? allowAll;
      const allowed = await (answer ?? isAllowed(check, message, (error) => this.#logCheck(source, error)));
      const next = message.onwardRoute[0]!;
      if (!allowed) return this.#logRefused(source, next);
      const target = this.#places.get(next.key);
      // Only the one who sent it could be told, and they went on long ago.
      if (target === undefined)
        return this.#logWorker(source.resident, "a message was lost", unknownAddress(next));
      return target.resident.queue.deliver(target.mailbox, message);
    };
    const done = run(source.checking);
    source.checking = done;
    void done.then(() => {
      if (source.checking === done) source.checking = undefined;
    });
    return done;
  }

  #logRefused(source: Place, next: Address): void {
    const message = `message from ${String(source.mailbox.address)} to ${String(next)} refused by its outgoing check`;
    this.log({ level: "warn", area: "router", message });
  }

  #logCheck(source: Place, error: unknown): void {
    this.#logWorker(source.resident, "an outgoing check failed", error);
  }

  #logWorker(resident: Resident, what: string, error: unknown): void {
    this.log({
      level: "error",
      area: "router",
      message: `${String(resident.context.address)}: ${what}`,
      error,
    });
  }
}

function unknownAddress(address: Address): OckamError {
  return new OckamError(
    "OCKAM_ROUTING_UNKNOWN_ADDRESS",
    `there is no worker at ${String(address)}; it was stopped, or the route is wrong`,
    { details: { address: String(address) } },
  );
}
