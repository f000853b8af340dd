import type { Transport, TransportConnection } from "@ockam/core-routing";

/** A transport whose connections can be cut without a sign: what is sent then is lost. */
export class CuttableTransport implements Transport {
  readonly name = "cuttable";
  readonly type: number;
  readonly #below: Transport;
  #cuts = 0;

  constructor(below: Transport) {
    this.#below = below;
    this.type = below.type;
  }

  /** Cuts the connections that there are; later ones are whole. */
  cut(): void {
    this.#cuts++;
  }

  async connect(...args: Parameters<Transport["connect"]>): Promise<TransportConnection> {
    return this.#wrap(await this.#below.connect(...args));
  }

  listen(address: string, options: Parameters<Transport["listen"]>[1]): ReturnType<Transport["listen"]> {
    return this.#below.listen(address, {
      ...options,
      onConnection: (connection) => options.onConnection(this.#wrap(connection)),
    });
  }

  #wrap(connection: TransportConnection): TransportConnection {
    const born = this.#cuts;
    return {
      peer: connection.peer,
      loopback: connection.loopback,
      closed: connection.closed,
      start: (onMessage) => connection.start(onMessage),
      send: (pieces) => (this.#cuts === born ? connection.send(pieces) : undefined),
      close: () => connection.close(),
    };
  }
}
