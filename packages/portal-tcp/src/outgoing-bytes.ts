// The sending half of a stream: chunks from the application become Payloads. docs/protocol/portals.md, "Data".
import { MAX_PAYLOAD_LENGTH } from "./limits.ts";
import { encodePayload } from "./portal-message.ts";

/**
 * A chunk of up to this many bytes begins a message rather than being cut: interceptors hand over the length of a Kafka message
 * as one, and Rust's decoder panics when it comes in two.
 */
export const UNCUT_LENGTH = 4;

/** What an {@link OutgoingBytes} calls. */
export interface OutgoingEvents {
  /** Sends a message; a promise asks to wait before the next. Errors end the stream. */
  transmit(pieces: readonly Uint8Array[]): void | Promise<void>;
  /** There is room for more again. */
  onRoom(): void;
  /** After {@link OutgoingBytes.end}: everything was sent. */
  onFlushed(): void;
  /** Sending failed. */
  onFailed(error: unknown): void;
}

/**
 * Collects what the application wrote into messages of up to {@link MAX_PAYLOAD_LENGTH} bytes, numbers them, and holds
 * them back while the peer's credit is used up or the way is congested. Never waits for more when the way is free.
 */
export class OutgoingBytes {
  readonly #events: OutgoingEvents;
  readonly #counted: boolean;
  // what was not sent yet
  #held: Uint8Array[] = [];
  #heldLength = 0;
  // what was sent
  #sent = 0;
  #counter = 0;
  // why nothing is sent; below 0 until the stream is open
  #limit = -1;
  #blocked = false;
  #scheduled = false;
  #wantsRoom = false;
  #ended = false;
  #stopped = false;

  /** `counted`: whether Payloads carry the counter. */
  constructor(events: OutgoingEvents, counted: boolean) {
    this.#events = events;
    this.#counted = counted;
  }

  /** The bytes of data sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** The bytes that wait to be sent. */
  get heldLength(): number {
    return this.#heldLength;
  }

  /** Whether the peer's credit is all that is waited for. */
  get waitsForCredit(): boolean {
    return this.#heldLength > 0 && this.#sent >= this.#limit;
  }

  /**
   * Allows the bytes up to `limit`, counted from the first; a lower limit than before changes nothing. The first call
   * opens the stream: before it not even the end is acted on.
   */
  allow(limit: number): void {
    if (limit <= this.#limit) return;
    this.#limit = limit;
    this.#flush();
  }

  /**
   * Takes the application's next bytes, which must not be changed afterwards. `more` says that others are ready to be
   * read: they join this message.
   * @returns whether there is room; otherwise {@link OutgoingEvents.onRoom} follows.
   */
  push(chunk: Uint8Array, more: boolean): boolean {
    if (this.#stopped) return true;
    this.#held.push(chunk);
    this.#heldLength += chunk.length;
    if (this.#heldLength >= MAX_PAYLOAD_LENGTH || !more) this.#flush();
    else this.#schedule();
    if (this.#heldLength < MAX_PAYLOAD_LENGTH) return true;
    this.#wantsRoom = true;
    return false;
  }

  /** No more bytes will come. */
  end(): void {
    this.#ended = true;
    this.#flush();
  }

  /** Drops what waits; nothing is sent any more. */
  stop(): void {
    this.#stopped = true;
    this.#held = [];
    this.#heldLength = 0;
  }

  #flush(): void {
    while (this.#heldLength > 0 && !this.#blocked) {
      const room = Math.min(this.#heldLength, MAX_PAYLOAD_LENGTH, this.#limit - this.#sent);
      if (room <= 0) break;
      const { data, length } = this.#take(room);
      const counter = this.#counted ? this.#counter : undefined;
      this.#counter = (this.#counter + 1) & 0xffff;
      this.#sent += length;
      try {
        const wait = this.#events.transmit(encodePayload(data, length, counter));
        if (wait !== undefined) this.#block(wait);
      } catch (error) {
        this.#events.onFailed(error);
        return;
      }
    }
    if (this.#stopped || this.#limit < 0) return;
    if (this.#wantsRoom && this.#heldLength < MAX_PAYLOAD_LENGTH) {
      this.#wantsRoom = false;
      this.#events.onRoom();
    }
    if (this.#ended && this.#heldLength === 0) {
      this.#stopped = true;
      this.#events.onFlushed();
    }
  }

  #block(wait: Promise<void>): void {
    this.#blocked = true;
    wait.then(
      () => {
        this.#blocked = false;
        if (!this.#stopped) this.#flush();
      },
      (error: unknown) => {
        if (!this.#stopped) this.#events.onFailed(error);
      },
    );
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Runs after all reads of this turn of the event loop: at once when nothing more is there.
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#stopped) this.#flush();
    });
  }

  /** The next `room` bytes, or some less. */
  #take(room: number): { readonly data: readonly Uint8Array[]; readonly length: number } {
    if (this.#heldLength === room) {
      const data = this.#held;
      this.#held = [];
      this.#heldLength = 0;
      return { data, length: room };
    }
    const data: Uint8Array[] = [];
    let missing = room;
    let index = 0;
    while (missing > 0) {
      const chunk = this.#held[index]!;
      if (chunk.length <= missing) {
        data.push(chunk);
        index += 1;
        missing -= chunk.length;
      } else if (chunk.length <= UNCUT_LENGTH && data.length > 0) {
        break;
      } else {
        data.push(chunk.subarray(0, missing));
        this.#held[index] = chunk.subarray(missing);
        missing = 0;
      }
    }
    this.#held.splice(0, index);
    this.#heldLength -= room - missing;
    return { data, length: room - missing };
  }
}
