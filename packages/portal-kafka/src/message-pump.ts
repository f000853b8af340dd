// One direction of a connection: from a stream of bytes to whole messages, one at a time.
import { FrameDecoder } from "@ockam/kafka-protocol";
import type { FrameDecoderOptions } from "@ockam/kafka-protocol";

/** Options of a {@link MessagePump}. */
export interface MessagePumpOptions extends FrameDecoderOptions {
  /** Handles a message; the next one comes when the promise has resolved. */
  readonly handle: (message: Uint8Array) => void | Promise<void>;
  /** What waits became less. */
  readonly onProgress: () => void;
  /** The stream cannot go on. Called once. */
  readonly onError: (cause: Error) => void;
}

/** Cuts a stream into messages and has them handled in order. */
export class MessagePump {
  readonly #options: MessagePumpOptions;
  readonly #decoder: FrameDecoder;
  readonly #queue: Uint8Array[] = [];
  #waiting = 0;
  #isBusy = false;
  #isOver = false;
  #onIdle: (() => void) | undefined;

  constructor(options: MessagePumpOptions) {
    this.#options = options;
    this.#decoder = new FrameDecoder(options);
  }

  /** The bytes of messages that wait, the one that is being handled included. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Takes a piece of the stream. */
  push(chunk: Uint8Array): void {
    if (this.#isOver) return;
    try {
      for (const message of this.#decoder.push(chunk)) {
        this.#queue.push(message);
        this.#waiting += message.length;
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#run();
  }

  /**
   * The stream has ended: `done` is called when all its messages have been handled. A message that is cut off is an error.
   */
  end(done: () => void): void {
    if (this.#isOver) return;
    if (!this.#decoder.isIdle) this.#fail(new Error("the connection ended within a message"));
    else if (this.#isBusy) this.#onIdle = done;
    else done();
  }

  /** Handles nothing any more. */
  stop(): void {
    this.#isOver = true;
    this.#queue.length = 0;
  }

  #run(): void {
    if (this.#isBusy) return;
    // Without a promise as long as no handler returns one: most messages pass at once.
    for (let message = this.#queue.shift(); message !== undefined; message = this.#queue.shift()) {
      let handled: void | Promise<void>;
      try {
        handled = this.#options.handle(message);
      } catch (error) {
        this.#fail(error);
        return;
      }
      if (handled !== undefined) {
        this.#isBusy = true;
        void this.#finish(handled, message.length);
        return;
      }
      this.#waiting -= message.length;
    }
    this.#onIdle?.();
    this.#onIdle = undefined;
  }

  async #finish(handled: Promise<void>, length: number): Promise<void> {
    try {
      await handled;
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#isBusy = false;
    this.#waiting -= length;
    if (this.#isOver) return;
    this.#run();
    this.#options.onProgress();
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.stop();
    this.#options.onError(error instanceof Error ? error : new Error(String(error)));
  }
}
