import fc from "fast-check";
import { expect, test } from "vitest";
import { SCALED_TIMEOUT, scaled } from "../testing/scaled.ts";
import { nonceTracker } from "../testing/vectors.ts";
import { MAX_NONCE, NONCE_WINDOW, ReplayWindow } from "./replay-window.ts";

function offer(window: ReplayWindow, nonce: number): boolean {
  try {
    window.check(nonce);
  } catch {
    return false;
  }
  window.accept(nonce);
  return true;
}

/** The rule as the protocol words it, without any cleverness: a set that is never emptied. */
class NaiveWindow {
  readonly #accepted = new Set<number>();
  #top = 0;

  offer(nonce: number): boolean {
    if (nonce - this.#top > 32 || this.#top - nonce > 32 || this.#accepted.has(nonce)) return false;
    this.#accepted.add(nonce);
    this.#top = Math.max(this.#top, nonce);
    return true;
  }
}

test("agrees with a set of all accepted nonces, whatever the order", { timeout: SCALED_TIMEOUT }, () => {
  const near = fc.integer({ min: -40, max: 40 });
  const step = fc.oneof({ weight: 4, arbitrary: near }, fc.constant(1), fc.integer({ min: -200, max: 200 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const window = new ReplayWindow();
      const naive = new NaiveWindow();
      for (const delta of steps) {
        const nonce = Math.max(0, window.top + delta);
        expect(offer(window, nonce)).toBe(naive.offer(nonce));
      }
    }),
    { numRuns: scaled(200) },
  );
});

test("accepts and refuses as recorded", () => {
  const window = new ReplayWindow();
  for (const step of nonceTracker) {
    for (let nonce = step.from; nonce <= step.to; nonce++) {
      expect({ nonce, ok: offer(window, nonce) }).toEqual({ nonce, ok: step.ok });
    }
  }
});

test("the first message may carry any nonce up to 32, which leaves the ones below usable", () => {
  for (let first = 0; first <= NONCE_WINDOW; first++) {
    const window = new ReplayWindow();
    expect(offer(window, first)).toBe(true);
    for (let nonce = 0; nonce < first; nonce++) expect(offer(window, nonce)).toBe(true);
    expect(offer(window, first)).toBe(false);
  }
  expect(offer(new ReplayWindow(), NONCE_WINDOW + 1)).toBe(false);
});

test("names a replay and a nonce that is out of reach, and changes nothing for either", () => {
  const window = new ReplayWindow();
  window.accept(0);
  expect(() => window.check(0)).toThrow(expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_REPLAYED" }));
  for (const nonce of [33, 2 ** 32, 2 ** 32 + 1, MAX_NONCE, 2 ** 53, 2 ** 64]) {
    expect(() => window.check(nonce)).toThrow(
      expect.objectContaining({ code: "OCKAM_SECURE_CHANNEL_OUT_OF_WINDOW" }),
    );
  }
  expect(window.top).toBe(0);
  expect(offer(window, 32)).toBe(true);
});

test("stays exact across the 32-bit boundary and stops at 2^53 - 1", () => {
  for (const start of [2 ** 31 - 40, 2 ** 32 - 40, MAX_NONCE - 70]) {
    const window = new ReplayWindow();
    window.accept(start); // stands for a channel that has come this far
    for (let nonce = start + 1; nonce <= start + 70; nonce++) {
      expect(offer(window, nonce)).toBe(true);
      expect(offer(window, nonce)).toBe(false);
    }
    expect(offer(window, start)).toBe(false);
  }
  const last = new ReplayWindow();
  last.accept(MAX_NONCE - 70);
  for (let nonce = MAX_NONCE - 69; nonce <= MAX_NONCE; nonce++) expect(offer(last, nonce)).toBe(true);
  expect(offer(last, MAX_NONCE + 1)).toBe(false);
});
