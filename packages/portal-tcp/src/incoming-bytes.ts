// The receiving half of a stream: Payloads become the application's bytes. docs/protocol/portals.md, "Data".
import { MAX_UNCREDITED_LENGTH, MIN_WINDOW } from "./limits.ts";
import type { LocalEnd } from "./local-end.ts";
import type { FailureReason } from "./portal-failure.ts";
import type { PayloadMessage } from "./portal-message.ts";
import type { WindowBudget } from "./receive-window.ts";
import { ReceiveWindow } from "./receive-window.ts";

/** Checks the order and the amount of what comes, and gives it to the application. */
export class IncomingBytes {
  readonly #end: LocalEnd;
  readonly #budget: WindowBudget;
  readonly #window: ReceiveWindow;
  #credited = true;
  #received = 0;
  #nextCounter = 0;
  // without credit: what was taken of the budget, and the way that is held until the application took enough
  #reserved = 0;
  #heldSince: number | undefined;
  #held: Promise<void> | undefined;
  #release: (() => void) | undefined;

  constructor(end: LocalEnd, budget: WindowBudget) {
    this.#end = end;
    this.#budget = budget;
    this.#window = new ReceiveWindow(budget);
  }

  /** The bytes of data that came. */
  get received(): number {
    return this.#received;
  }

  /** The credit that the peer has, from the first byte on. */
  get limit(): number {
    return this.#window.limit;
  }

  /** Since when the way is held, in milliseconds, monotonic; undefined when it is not. */
  get heldSince(): number | undefined {
    return this.#heldSince;
  }

  /** The peer knows no credit, and perhaps no counter. */
  withoutCredit(): void {
    this.#credited = false;
    this.#window.close();
    if (this.#budget.take(MAX_UNCREDITED_LENGTH)) this.#reserved = MAX_UNCREDITED_LENGTH;
  }

  /** Gives the application the data of `payload`, or returns what is wrong with it. */
  accept(payload: PayloadMessage): FailureReason | undefined {
    if (payload.counter === undefined) {
      if (this.#credited) return "misbehaved";
    } else if (payload.counter === this.#nextCounter) {
      this.#nextCounter = (this.#nextCounter + 1) & 0xffff;
    } else {
      return "lost";
    }
    const received = this.#received + payload.length;
    if (this.#credited && received > this.#window.limit) return "misbehaved";
    this.#received = received;
    this.#end.write(payload.data);
    return undefined;
  }

  /** Whether the peer's credit rose enough to tell it. */
  renewCredit(): boolean {
    return this.#credited && this.#window.update(this.#received, this.#end.pendingLength);
  }

  /** Without credit: a promise that holds up the way while the application is too far behind. */
  holdUp(): Promise<void> | undefined {
    if (this.#credited || this.#end.pendingLength <= this.#holdLimit()) return undefined;
    this.#heldSince ??= performance.now();
    this.#held ??= new Promise((resolve) => {
      this.#release = resolve;
    });
    return this.#held;
  }

  /** The application took something: lets the way go when that is enough. */
  letGo(): void {
    if (this.#held !== undefined && this.#end.pendingLength <= this.#holdLimit() / 2) this.#free();
  }

  /** Nothing more is expected. */
  close(): void {
    this.#window.close();
    this.#budget.release(this.#reserved);
    this.#reserved = 0;
    this.#free();
  }

  #holdLimit(): number {
    return this.#reserved === 0 ? MIN_WINDOW : this.#reserved;
  }

  #free(): void {
    this.#release?.();
    this.#release = undefined;
    this.#held = undefined;
    this.#heldSince = undefined;
  }
}
