import { vi } from "vitest";

import { settle } from "./twin.ts";

/** Timers and the clock stand still until {@link FakeTime.advance}; the event loop goes on. */
export class FakeTime implements Disposable {
  constructor() {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  }

  /** Lets `milliseconds` pass, and what they cause come to rest. */
  async advance(milliseconds: number): Promise<void> {
    await settle();
    await vi.advanceTimersByTimeAsync(milliseconds);
    await settle();
  }

  /** How many timers are set. */
  get timers(): number {
    return vi.getTimerCount();
  }

  [Symbol.dispose](): void {
    vi.useRealTimers();
  }
}
