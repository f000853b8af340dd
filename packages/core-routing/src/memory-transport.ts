// The transport between routers of one process: the twin of a network in tests.
import { OckamError } from "@ockam/codec";

import type {
  Transport,
  TransportConnection,
  TransportConnectOptions,
  TransportListener,
  TransportListenOptions,
} from "./transport.ts";
import { MAX_TRANSPORT_MESSAGE_LENGTH } from "./transport-message.ts";

/** Transport type of connections inside a process: a number that no transport on a network uses. */
export const MEMORY_TRANSPORT = 255;

/** How many messages wait for the other side before `send` asks to wait. */
export const MEMORY_QUEUE_CAPACITY = 16;

/**
 * A network of its own: its connect reaches what its listen listens at, by any text; an empty text is given a name.
 * Messages are handed over as they are, in a microtask.
 *
 * Its connect throws OckamError OCKAM_MEMORY_CONNECTION_REFUSED, its listen OCKAM_MEMORY_ADDRESS_IN_USE.
 */
export function memoryTransport(): Transport {
  const listeners = new Map<string, TransportListenOptions>();
  let count = 0;

  const connect = async (
    address: string,
    options: TransportConnectOptions = {},
  ): Promise<TransportConnection> => {
    // A connection takes a moment, here too: a caller may give up meanwhile.
    await Promise.resolve();
    options.signal?.throwIfAborted();
    const listener = listeners.get(address);
    if (listener === undefined) {
      throw new OckamError(
        "OCKAM_MEMORY_CONNECTION_REFUSED",
        `nothing listens at "${address}"; listen there first`,
      );
    }
    const near = new MemoryConnection(address);
    const far = new MemoryConnection(`memory-client-${++count}`);
    near.other = far;
    far.other = near;
    listener.onConnection(far);
    return near;
  };

  const listen = async (address: string, options: TransportListenOptions): Promise<TransportListener> => {
    await Promise.resolve();
    options.signal?.throwIfAborted();
    const name = address === "" ? `memory-${++count}` : address;
    if (listeners.has(name)) {
      throw new OckamError("OCKAM_MEMORY_ADDRESS_IN_USE", `something listens at "${name}" already`);
    }
    listeners.set(name, options);
    let resolveClosed!: (cause: undefined) => void;
    const closed = new Promise<undefined>((resolve) => {
      resolveClosed = resolve;
    });
    const close = async (): Promise<void> => {
      if (listeners.get(name) === options) listeners.delete(name);
      resolveClosed(undefined);
      await closed;
    };
    return { address: name, close, closed };
  };

  return { name: "memory", type: MEMORY_TRANSPORT, connect, listen };
}

type OnMessage = (pieces: readonly Uint8Array[]) => void | Promise<void>;

/** One end of a connection; the other end writes into its queue. */
class MemoryConnection implements TransportConnection {
  readonly peer: string;
  readonly loopback = true;
  readonly closed: Promise<Error | undefined>;
  /** The other end, set before anything is sent. */
  other: MemoryConnection | undefined;
  #onMessage: OnMessage | undefined;
  // what the other end sent
  #queue: (readonly Uint8Array[])[] = [];
  #delivering = false;
  #room: Promise<void> | undefined;
  #resolveRoom: (() => void) | undefined;
  // ending
  #closing = false;
  #otherEnded = false;
  #resolveClosed!: (cause: Error | undefined) => void;

  constructor(peer: string) {
    this.peer = peer;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  start(onMessage: OnMessage): void {
    if (this.#onMessage !== undefined) throw new TypeError("start() was called twice");
    this.#onMessage = onMessage;
    this.#wake();
  }

  send(pieces: readonly Uint8Array[]): void | Promise<void> {
    if (this.#closing) {
      throw new OckamError(
        "OCKAM_MEMORY_CLOSED",
        `the connection with ${this.peer} is closed; connect again`,
      );
    }
    let length = 0;
    for (const piece of pieces) length += piece.length;
    if (length === 0) throw new RangeError('"pieces" expected at least one byte');
    if (length > MAX_TRANSPORT_MESSAGE_LENGTH) {
      throw new OckamError(
        "OCKAM_MEMORY_MESSAGE_TOO_LARGE",
        `a message of ${length} bytes exceeds the ${MAX_TRANSPORT_MESSAGE_LENGTH} of a transport; send smaller ones`,
        { details: { length } },
      );
    }
    return this.other!.accept(pieces);
  }

  async close(): Promise<void> {
    this.#end(undefined);
    await this.closed;
  }

  /** Takes what the other end sends. */
  accept(pieces: readonly Uint8Array[]): void | Promise<void> {
    if (this.#closing) return undefined;
    this.#queue.push(pieces);
    this.#wake();
    if (this.#queue.length < MEMORY_QUEUE_CAPACITY) return undefined;
    this.#room ??= new Promise((resolve) => {
      this.#resolveRoom = resolve;
    });
    return this.#room;
  }

  #wake(): void {
    if (this.#delivering || this.#onMessage === undefined) return;
    this.#delivering = true;
    queueMicrotask(() => void this.#deliver(this.#onMessage!));
  }

  async #deliver(onMessage: OnMessage): Promise<void> {
    try {
      while (!this.#closing) {
        const pieces = this.#queue.shift();
        if (pieces === undefined) break;
        if (this.#queue.length < MEMORY_QUEUE_CAPACITY) this.#makeRoom();
        const wait = onMessage(pieces);
        if (wait !== undefined) await wait;
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
    this.#delivering = false;
    if (this.#queue.length > 0 && !this.#closing) this.#wake();
    else if (this.#otherEnded) this.#end(undefined);
  }

  /** This end is over at once; the other one after it has read what was sent to it. */
  #end(cause: Error | undefined): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#queue = [];
    this.#makeRoom();
    this.#resolveClosed(cause);
    this.other!.endAfterQueue();
  }

  /** The other end is over. */
  endAfterQueue(): void {
    this.#otherEnded = true;
    if (!this.#delivering && this.#queue.length === 0) this.#end(undefined);
  }

  #makeRoom(): void {
    this.#resolveRoom?.();
    this.#room = undefined;
    this.#resolveRoom = undefined;
  }
}
