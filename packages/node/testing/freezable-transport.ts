import type { Transport, TransportConnection } from "@ockam/core-routing";

/**
 * The transport of a node whose process can be stopped: meanwhile others connect to it and are not answered. When it goes on,
 * it takes what has come, connections first, and then what came by each, as a process does that looks at its sockets.
 */
export class FreezableTransport implements Transport {
  readonly name = "freezable";
  readonly type: number;
  readonly #below: Transport;
  readonly #accepted: (() => void)[] = [];
  readonly #arrived: (() => void)[] = [];
  readonly #ended: (() => void)[] = [];
  #isFrozen = false;

  constructor(below: Transport) {
    this.#below = below;
    this.type = below.type;
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const queue of [this.#accepted, this.#arrived, this.#ended])
      for (const act of queue.splice(0)) act();
  }

  /** How many connections were accepted by nobody yet. */
  get waiting(): number {
    return this.#accepted.length;
  }

  connect(...args: Parameters<Transport["connect"]>): Promise<TransportConnection> {
    return this.#below.connect(...args);
  }

  listen(address: string, options: Parameters<Transport["listen"]>[1]): ReturnType<Transport["listen"]> {
    return this.#below.listen(address, {
      ...options,
      onConnection: (connection) => {
        const wrapped = this.#wrap(connection);
        this.#now(this.#accepted, () => options.onConnection(wrapped));
      },
    });
  }

  #now(queue: (() => void)[], act: () => void): void {
    if (this.#isFrozen) queue.push(act);
    else act();
  }

  #wrap(connection: TransportConnection): TransportConnection {
    const closed = connection.closed.then(
      (reason) => new Promise<Error | undefined>((resolve) => this.#now(this.#ended, () => resolve(reason))),
    );
    return {
      peer: connection.peer,
      loopback: connection.loopback,
      closed,
      start: (onMessage) =>
        connection.start((pieces) => this.#now(this.#arrived, () => void onMessage(pieces))),
      send: (pieces) => connection.send(pieces),
      close: () => connection.close(),
    };
  }
}
