import { connect } from "node:net";
import type { Socket } from "node:net";

/** A connection to the backend's echo, one request at a time. */
export class EchoClient {
  readonly #socket: Socket;
  #missing = 0;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data: Buffer) => {
      this.#missing -= data.length;
      if (this.#missing === 0) this.#resolve();
    });
    socket.on("error", (error) => this.#reject(error));
    socket.on("close", () => this.#reject(new Error("the connection was cut")));
  }

  /** Connects and waits for the first byte to come back. */
  static async open(port: number): Promise<EchoClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const client = new EchoClient(socket);
    await client.#exchange("echo 0\n!", 1);
    return client;
  }

  /** Sends `payload` and waits until all of it is back. */
  echo(payload: Uint8Array): Promise<void> {
    return this.#exchange(payload, payload.length);
  }

  close(): void {
    this.#socket.destroy();
  }

  #exchange(payload: Uint8Array | string, length: number): Promise<void> {
    this.#missing = length;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(payload);
    });
  }
}
