import type { Progress } from "./portal-message.ts";
import { encodeProgress } from "./portal-message.ts";

/** What a {@link ProgressSender} calls. */
export interface ProgressEvents {
  /** How far this side is now. */
  progress(): Omit<Progress, "wantsAnswer">;
  /** Sends a message. A promise, which is never rejected, when the way is congested. */
  transmit(payload: Uint8Array): Promise<void> | undefined;
  /** The way is free again, and nothing is due. */
  onIdle(): void;
}

/** Sends Progress. While the way is congested one at most waits: the peer may cause as many as it likes. */
export class ProgressSender {
  readonly #events: ProgressEvents;
  #waits = false;
  #due = false;
  #question = false;

  constructor(events: ProgressEvents) {
    this.#events = events;
  }

  /** Whether another one is to be sent after the congestion. */
  get isDue(): boolean {
    return this.#due;
  }

  /** The next one will want an answer. */
  ask(): void {
    this.#question = true;
  }

  /** Sends a question if there is one. */
  sendQuestion(): void {
    if (this.#question) this.send();
  }

  /** Sends one now, or as soon as the way is free. */
  send(): void {
    this.#due = this.#waits;
    if (this.#waits) return;
    const wantsAnswer = this.#question;
    this.#question = false;
    const wait = this.#events.transmit(encodeProgress({ ...this.#events.progress(), wantsAnswer }));
    if (wait === undefined) return;
    this.#waits = true;
    void wait.then(() => {
      this.#waits = false;
      if (this.#due) this.send();
      if (!this.#due) this.#events.onIdle();
    });
  }
}
