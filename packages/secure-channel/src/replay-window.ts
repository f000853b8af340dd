// Which nonces were accepted already: a sliding window over the highest one. docs/protocol/secure-channels.md,
// "Receiving".
import { channelError } from "./channel-error.ts";

/** How far a nonce may lie behind, or ahead of, the highest accepted one. */
export const NONCE_WINDOW = 32;

/**
 * The highest nonce that is sent or accepted. Nonces have 64 bits on the wire; 2^53 - 1 keeps them exact numbers,
 * and a channel that sent a million messages a second would take 285 years to reach it.
 */
export const MAX_NONCE: number = Number.MAX_SAFE_INTEGER;

const SLOTS = 64; // a power of two beyond NONCE_WINDOW + 1; slots outside the window are stale and never read

/** Remembers accepted nonces. {@link check} first, and {@link accept} once the message proved authentic. */
export class ReplayWindow {
  readonly #seen = new Uint8Array(SLOTS);
  #top = 0;

  /** The highest accepted nonce, 0 at first. */
  get top(): number {
    return this.#top;
  }

  /**
   * Refuses a nonce that was accepted before or lies outside the window. Changes nothing.
   * @throws OckamError OCKAM_SECURE_CHANNEL_REPLAYED, OCKAM_SECURE_CHANNEL_OUT_OF_WINDOW
   */
  check(nonce: number): void {
    if (Math.abs(nonce - this.#top) > NONCE_WINDOW || nonce > MAX_NONCE) {
      throw channelError(
        "OUT_OF_WINDOW",
        `nonce ${nonce} lies more than ${NONCE_WINDOW} from ${this.#top}, the highest accepted: messages were lost, or this one is old or forged`,
      );
    }
    if (nonce <= this.#top && this.#seen[nonce % SLOTS] === 1) {
      throw channelError("REPLAYED", `nonce ${nonce} was accepted before`);
    }
  }

  /** Records a nonce that {@link check} let pass. */
  accept(nonce: number): void {
    const first = Math.max(this.#top + 1, nonce - NONCE_WINDOW);
    for (let skipped = first; skipped < nonce; skipped++) this.#seen[skipped % SLOTS] = 0;
    this.#seen[nonce % SLOTS] = 1;
    if (nonce > this.#top) this.#top = nonce;
  }
}
