// What the connections of one listener hold together. docs/protocol/transport-tcp.md, "Limits".

/** A connection as its {@link FrameBudget} sees it. */
export interface FrameHolder {
  /** All hold too much together, and this one most: it has to end. */
  giveUp(): void;
}

// Less than this is not counted: what lies between two reads of a connection that goes on as it should.
const COUNTED_LENGTH = 16_384;

/**
 * Counts the bytes of messages that have arrived in part. A peer needs no identity to send the beginning of a long
 * message on each of many connections; when they are too much together, whoever holds most goes.
 */
export class FrameBudget {
  readonly #limit: number;
  readonly #held: Map<FrameHolder, number> = new Map();
  #total = 0;

  /** `limit` is in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes note that `holder` holds `length` bytes, 0 when it is gone. */
  update(holder: FrameHolder, length: number): void {
    const before = this.#held.get(holder) ?? 0;
    const now = length < COUNTED_LENGTH ? 0 : length;
    if (now === before) return;
    this.#total += now - before;
    if (now === 0) this.#held.delete(holder);
    else this.#held.set(holder, now);
    if (this.#total > this.#limit) this.#largest()?.giveUp();
  }

  #largest(): FrameHolder | undefined {
    let largest: FrameHolder | undefined;
    let most = 0;
    for (const [holder, length] of this.#held) {
      if (length <= most) continue;
      largest = holder;
      most = length;
    }
    return largest;
  }
}
