import { connect } from "node:net";
import type { Socket } from "node:net";

import type { BytePattern } from "./byte-pattern.ts";
import { Deferred } from "./deferred.ts";

const CHUNK = 8192;
const PAUSE = 20; // ms

/** How a stream ended. */
export interface StreamEnd {
  /** `closed`: as it was told to, and everything had come back. */
  readonly outcome: "closed" | "ended" | "failed";
  readonly intact: boolean;
  readonly received: number;
}

/**
 * A connection to a `TransferServer` that is used all the time: some bytes of the pattern every 20 ms, which have to come
 * back. It lasts until it is told to end, or breaks.
 */
export class SteadyStream {
  /** Resolves when it has ended, however. */
  readonly ended: Promise<StreamEnd>;
  readonly #pattern: BytePattern;
  readonly #socket: Socket;
  readonly #end = new Deferred<StreamEnd>();
  readonly #timer: ReturnType<typeof setInterval>;
  #sent = 0;
  #received = 0;
  #intact = true;
  #isClosing = false;

  constructor(port: number, pattern: BytePattern) {
    this.ended = this.#end.promise;
    this.#pattern = pattern;
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.once("connect", () => this.#socket.write("echo 0\n"));
    this.#socket.on("data", (data: Buffer) => this.#take(data));
    this.#socket.on("error", () => {});
    this.#socket.on("end", () => this.#finish("ended"));
    this.#socket.on("close", () => this.#finish("failed"));
    this.#timer = setInterval(() => this.#send(), PAUSE);
  }

  /** Bytes that came back. */
  get received(): number {
    return this.#received;
  }

  /** Sends no more, waits for what is under way, and ends. */
  close(): Promise<StreamEnd> {
    this.#isClosing = true;
    clearInterval(this.#timer);
    this.#take(Buffer.alloc(0));
    return this.ended;
  }

  #send(): void {
    if (this.#socket.connecting || this.#socket.writableNeedDrain) return;
    const chunk = this.#pattern.chunk(this.#sent, CHUNK);
    this.#sent += chunk.length;
    this.#socket.write(chunk);
  }

  #take(data: Buffer): void {
    this.#intact &&= this.#pattern.matches(this.#received, data);
    this.#received += data.length;
    if (this.#isClosing && this.#received === this.#sent) this.#finish("closed");
  }

  #finish(outcome: StreamEnd["outcome"]): void {
    clearInterval(this.#timer);
    this.#end.resolve({ outcome, intact: this.#intact, received: this.#received });
    this.#socket.destroy();
  }
}
