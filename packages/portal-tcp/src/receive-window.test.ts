import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { INITIAL_WINDOW, MAX_WINDOW, MIN_WINDOW, WINDOW_BUDGET } from "./limits.ts";
import { ReceiveWindow, WindowBudget } from "./receive-window.ts";

describe("ReceiveWindow", () => {
  test("a reader that keeps up gets a window that doubles to the maximum", () => {
    const window = new ReceiveWindow(new WindowBudget());
    expect(window.limit).toBe(INITIAL_WINDOW);
    let received = 0;
    const sizes: number[] = [];
    for (let i = 0; i < 12; i++) {
      received = window.limit;
      expect(window.update(received, 0)).toBe(true);
      sizes.push(window.limit - received);
    }
    expect(sizes.slice(0, 5)).toEqual([2, 4, 8, 16, 16].map((factor) => factor * INITIAL_WINDOW));
    expect(sizes.at(-1)).toBe(MAX_WINDOW);
  });

  test("less than half of the window used is not worth a message", () => {
    const window = new ReceiveWindow(new WindowBudget());
    expect(window.update(INITIAL_WINDOW / 2 - 1, 0)).toBe(false);
    expect(window.update(INITIAL_WINDOW / 2, 0)).toBe(true);
  });

  test("a reader that is behind gets no more than it takes, in a window that shrinks", () => {
    const window = new ReceiveWindow(new WindowBudget());
    for (let i = 0; i < 6; i++) window.update(window.limit, 0);
    const received = window.limit;
    expect(window.update(received, MAX_WINDOW)).toBe(false);
    expect(window.limit).toBe(received);
    let pending = MAX_WINDOW;
    for (; pending > 0; pending -= INITIAL_WINDOW / 4) window.update(received, pending);
    expect(window.limit - received).toBeLessThanOrEqual(2 * INITIAL_WINDOW);
  });

  test("windows grow within one budget, and give it back", () => {
    const budget = new WindowBudget();
    const windows = Array.from({ length: 100 }, () => new ReceiveWindow(budget));
    for (let round = 0; round < 8; round++) for (const window of windows) window.update(window.limit, 0);
    // The budget is used up: nothing is free.
    expect(budget.take(INITIAL_WINDOW)).toBe(false);
    for (const window of windows) window.close();
    expect(budget.take(WINDOW_BUDGET)).toBe(true);
    expect(budget.take(1)).toBe(false);
  });

  test("when the budget is used up, further streams get the least, and windows are not lost", () => {
    const budget = new WindowBudget();
    const many = Array.from({ length: WINDOW_BUDGET / INITIAL_WINDOW }, () => new ReceiveWindow(budget));
    const late = new ReceiveWindow(budget);
    expect(late.limit).toBe(MIN_WINDOW);
    expect(late.update(MIN_WINDOW, 0)).toBe(true);
    expect(late.limit).toBe(2 * MIN_WINDOW);
    late.close();
    many[0]!.close();
    expect(new ReceiveWindow(budget).limit).toBe(INITIAL_WINDOW);
  });

  test("whatever the reader does, what lies unread is bounded and the sender is never stuck", () => {
    const steps = fc.array(fc.record({ send: fc.nat(200_000), read: fc.nat(200_000) }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (script) => {
        const window = new ReceiveWindow(new WindowBudget());
        let received = 0;
        let pending = 0;
        let limit = window.limit;
        for (const { send, read } of script) {
          const length = Math.min(send, limit - received);
          received += length;
          pending += length;
          if (window.update(received, pending)) limit = window.limit;
          pending -= Math.min(read, pending);
          if (window.update(received, pending)) limit = window.limit;
          expect(limit).toBe(window.limit);
          expect(pending).toBeLessThanOrEqual(MAX_WINDOW);
        }
        if (window.update(received, 0)) limit = window.limit;
        expect(limit).toBeGreaterThan(received);
      }),
    );
  });
});
