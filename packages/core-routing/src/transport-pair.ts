// Both ends of a connection, for the conformance suite.
import type { Transport, TransportConnection, TransportListener } from "./transport.ts";

/** A listener, and a connection to it. */
export class TransportPair {
  readonly transport: Transport;
  /** The address that was listened at: the one of {@link listener} may be more precise. */
  readonly address: string;
  readonly listener: TransportListener;
  readonly client: TransportConnection;
  readonly server: TransportConnection;
  readonly #accepted: Accepted;

  private constructor(
    transport: Transport,
    address: string,
    listener: TransportListener,
    client: TransportConnection,
    server: TransportConnection,
    accepted: Accepted,
  ) {
    this.transport = transport;
    this.address = address;
    this.listener = listener;
    this.client = client;
    this.server = server;
    this.#accepted = accepted;
  }

  /** Listens at `address` and connects. */
  static async open(transport: Transport, address: string): Promise<TransportPair> {
    const accepted = new Accepted();
    const listener = await transport.listen(address, {
      onConnection: (connection) => accepted.push(connection),
    });
    const client = await transport.connect(listener.address);
    return new TransportPair(transport, address, listener, client, await accepted.next(), accepted);
  }

  /** The next connection that the listener accepts. */
  accepted(): Promise<TransportConnection> {
    return this.#accepted.next();
  }

  /** Closes everything. */
  async close(): Promise<void> {
    await Promise.all([this.client.close(), this.server.close(), this.listener.close()]);
  }
}

/** Starts to read, and returns the first `count` messages. */
export function collect(
  connection: TransportConnection,
  count: number,
): Promise<readonly (readonly Uint8Array[])[]> {
  return new Promise((resolve) => {
    const messages: (readonly Uint8Array[])[] = [];
    connection.start((pieces) => {
      messages.push(pieces);
      if (messages.length === count) resolve(messages);
    });
  });
}

class Accepted {
  readonly #ready: TransportConnection[] = [];
  #notify: (() => void) | undefined;

  push(connection: TransportConnection): void {
    this.#ready.push(connection);
    this.#notify?.();
  }

  async next(): Promise<TransportConnection> {
    for (;;) {
      const connection = this.#ready.shift();
      if (connection !== undefined) return connection;
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }
}
