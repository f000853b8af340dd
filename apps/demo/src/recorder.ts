import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

import { CanarySearch } from "./canary.ts";

/** What went in one direction: bytes so far, and the search through all of them. */
export interface Direction {
  bytes: number;
  readonly search: CanarySearch;
}

/**
 * A TCP proxy that anyone in the middle could be: it passes everything on, counts it and looks for the canaries in it.
 */
export class Recorder implements AsyncDisposable {
  /** From the side that connects. */
  readonly forth: Direction;
  /** From the side that is connected to. */
  readonly back: Direction;
  /** Connections so far. */
  total = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(targetPort: number, canaries: readonly string[]) {
    this.forth = { bytes: 0, search: new CanarySearch(canaries) };
    this.back = { bytes: 0, search: new CanarySearch(canaries) };
    this.#server = createServer({ noDelay: true }, (socket) => this.#pass(socket, targetPort));
  }

  /** Listens on a port of 127.0.0.1, by default a free one, and passes connections on to `targetPort`. */
  static async start(targetPort: number, canaries: readonly string[], port = 0): Promise<Recorder> {
    const recorder = new Recorder(targetPort, canaries);
    recorder.#server.listen(port, "127.0.0.1");
    await once(recorder.#server, "listening");
    return recorder;
  }

  get port(): number {
    const address = this.#server.address();
    return isBound(address) ? address.port : 0;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  /** All bytes, both ways. */
  get bytes(): number {
    return this.forth.bytes + this.back.bytes;
  }

  /** How many different canaries were seen, in whichever direction. */
  get found(): number {
    return new Set([...this.forth.search.found, ...this.back.search.found]).size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server, "close");
  }

  #pass(client: Socket, targetPort: number): void {
    this.total += 1;
    const target = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
    this.#record(client, target, this.forth);
    this.#record(target, client, this.back);
  }

  #record(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.add(from);
    from.on("data", (data: Buffer) => {
      direction.bytes += data.length;
      direction.search.push(data);
    });
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}

function isBound(address: AddressInfo | string | null): address is AddressInfo {
  return address !== null && typeof address !== "string";
}
