// The receiving half of a stream: Payloads become the application's bytes. docs/protocol/portals.md, "Data".
import { MAX_UNCREDITED_LENGTH } from "./limits.ts";
import type { LocalEnd } from "./local-end.ts";
import type { FailureReason } from "./portal-failure.ts";
import type { PayloadMessage } from "./portal-message.ts";
import type { ReceiveWindow } from "./receive-window.ts";

/** Checks the order and the amount of what comes, and gives it to the application. */
export class IncomingBytes {
  readonly #end: LocalEnd;
  #window: ReceiveWindow | undefined;
  #received = 0;
  #nextCounter = 0;
  // without credit: the way is held until the application took enough
  #heldSince: number | undefined;
  #held: Promise<void> | undefined;
  #release: (() => void) | undefined;

  constructor(end: LocalEnd) {
    this.#end = end;
  }

  /** The bytes of data that came. */
  get received(): number {
    return this.#received;
  }

  /** The credit that the peer has, from the first byte on; undefined when it knows no credit. */
  get limit(): number | undefined {
    return this.#window?.limit;
  }

  /** Since when the way is held, in milliseconds, monotonic; undefined when it is not. */
  get heldSince(): number | undefined {
    return this.#heldSince;
  }

  /** From now on the peer numbers its messages and keeps within the credit of `window`. */
  useWindow(window: ReceiveWindow): void {
    this.#window = window;
  }

  /** Gives the application the data of `payload`, or returns what is wrong with it. */
  accept(payload: PayloadMessage): FailureReason | undefined {
    if (payload.counter === undefined) {
      if (this.#window !== undefined) return "misbehaved";
    } else if (payload.counter === this.#nextCounter) {
      this.#nextCounter = (this.#nextCounter + 1) & 0xffff;
    } else {
      return "lost";
    }
    const received = this.#received + payload.length;
    if (this.#window !== undefined && received > this.#window.limit) return "misbehaved";
    this.#received = received;
    this.#end.write(payload.data);
    return undefined;
  }

  /** Whether the peer's credit rose enough to tell it. */
  renewCredit(): boolean {
    return this.#window?.update(this.#received, this.#end.pendingLength) === true;
  }

  /** Without credit: a promise that holds up the way while the application is too far behind. */
  holdUp(): Promise<void> | undefined {
    if (this.#window !== undefined || this.#end.pendingLength <= MAX_UNCREDITED_LENGTH) return undefined;
    this.#heldSince ??= performance.now();
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve;
    });
    return this.#held;
  }

  /** The application took something: lets the way go when that is enough. */
  letGo(): void {
    if (this.#held !== undefined && this.#end.pendingLength <= MAX_UNCREDITED_LENGTH / 2) this.#free();
  }

  /** Nothing more is expected. */
  close(): void {
    this.#window?.close();
    this.#free();
  }

  #free(): void {
    this.#release?.();
    this.#release = undefined;
    this.#held = undefined;
    this.#heldSince = undefined;
  }
}
