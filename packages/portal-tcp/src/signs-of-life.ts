import { KEEP_ALIVE_INTERVAL, KEEP_ALIVE_TIMEOUT } from "./limits.ts";

/** Knows for how long a peer has been silent. Times are in milliseconds, monotonic. */
export class SignsOfLife {
  #lastHeard: number = performance.now();
  #lastAsked = 0;

  /** A message came. */
  heard(): void {
    this.#lastHeard = performance.now();
  }

  /** What to do about the silence: nothing, ask the peer whether it is there, or give it up. */
  judge(now: number): "ask" | "give-up" | undefined {
    const silence = now - this.#lastHeard;
    if (silence >= KEEP_ALIVE_TIMEOUT) return "give-up";
    if (silence < KEEP_ALIVE_INTERVAL || now - this.#lastAsked < KEEP_ALIVE_INTERVAL) return undefined;
    this.#lastAsked = now;
    return "ask";
  }
}
