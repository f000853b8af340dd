import { Address, Router } from "@ockam/core-routing";
import type { Message } from "@ockam/core-routing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import {
  MAX_OUTSTANDING_PINGS,
  PathMonitor,
  PING_INTERVAL,
  PING_TIMEOUT,
  ROUND_TRIPS,
  SUSPICION_INTERVAL,
  SUSPICION_PINGS,
} from "./path-monitor.ts";

const ECHO = Address.local("echo");
const LOSS = PING_INTERVAL + PING_TIMEOUT + SUSPICION_PINGS * SUSPICION_INTERVAL;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A path whose far end answers after `delay` ms, or not at all when that is undefined. */
function path(delay: number | undefined): {
  readonly monitor: PathMonitor;
  readonly router: Router;
  readonly events: string[];
  readonly pings: Message[];
  delay: number | undefined;
  received: number;
} {
  const router = new Router();
  const events: string[] = [];
  const pings: Message[] = [];
  const state = { delay, received: 0, events, pings };
  router.start(
    (message, context) => {
      pings.push(message);
      if (state.delay === undefined) return;
      setTimeout(() => void context.reply(message, message.payload), state.delay);
    },
    { address: ECHO },
  );
  const monitor = new PathMonitor(router, {
    route: [ECHO],
    onLost: () => events.push("lost"),
    onAlive: () => events.push("alive"),
    received: () => state.received,
  });
  return Object.assign(state, { monitor, router });
}

describe("a path that answers", () => {
  test("is pinged once in an interval, by a random number in CBOR", async () => {
    const { monitor, events, pings } = path(5);
    await vi.advanceTimersByTimeAsync(PING_INTERVAL - 1);
    expect(pings).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(pings).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10 * (PING_INTERVAL + 5));
    expect(pings).toHaveLength(11);
    expect(events).toEqual([]);
    // A number of 64 bits; one in 2^32 is shorter.
    expect(pings.filter(({ payload }) => payload[0] === 0x1b && payload.length === 9)).toHaveLength(11);
    expect(new Set(pings.map(({ payload }) => payload.toString())).size).toBe(11);
    await monitor.stop();
  });

  test("slowly is given time", async () => {
    const slow = PING_TIMEOUT - 100;
    const { monitor, events, pings } = path(slow);
    await vi.advanceTimersByTimeAsync(PING_INTERVAL + slow);
    expect(pings).toHaveLength(1);
    // Once it is known to be slow, three times as long.
    expect(ROUND_TRIPS * slow).toBeGreaterThan(PING_TIMEOUT);
    await vi.advanceTimersByTimeAsync(PING_INTERVAL + PING_TIMEOUT + 100);
    expect(pings).toHaveLength(2);
    expect(events).toEqual([]);
    await monitor.stop();
  });

  test("is alive when data come in, though the answer queues behind them", async () => {
    const state = path(undefined);
    const timer = setInterval(() => state.received++, 100);
    await vi.advanceTimersByTimeAsync(5 * LOSS);
    expect(state.events).toEqual([]);
    clearInterval(timer);
    await vi.advanceTimersByTimeAsync(2 * LOSS);
    expect(state.events).toEqual(["lost"]);
    await state.monitor.stop();
  });
});

describe("a path that was cut for long, and delivers what was sent meanwhile", () => {
  test.each([60_000, 600_000])(
    "%i ms: is known as lost as soon as any other when it is cut again",
    async (cut) => {
      const state = path(undefined);
      await vi.advanceTimersByTimeAsync(cut);
      expect(state.events).toEqual(["lost"]);
      const far = state.router.start(() => {});
      const late = [...state.pings];
      state.delay = 5;
      for (const { payload, returnRoute } of late) void far.send(returnRoute, payload);
      await vi.advanceTimersByTimeAsync(0);
      expect(state.events).toEqual(["lost", "alive"]);
      // It is asked at once how long answers take now.
      expect(state.pings).toHaveLength(late.length + 1);
      await vi.advanceTimersByTimeAsync(5);
      expect(state.monitor.roundTrip).toBe(5);
      state.delay = undefined;
      await vi.advanceTimersByTimeAsync(LOSS);
      expect(state.events).toEqual(["lost", "alive", "lost"]);
      await state.monitor.stop();
    },
  );

  test("a single late answer does not make a path slow", async () => {
    const state = path(5);
    await vi.advanceTimersByTimeAsync(2 * PING_INTERVAL);
    state.delay = PING_TIMEOUT - 100;
    await vi.advanceTimersByTimeAsync(PING_INTERVAL + PING_TIMEOUT - 100);
    expect(state.monitor.roundTrip).toBe(PING_TIMEOUT - 100);
    state.delay = undefined;
    await vi.advanceTimersByTimeAsync(LOSS);
    expect(state.events).toEqual(["lost"]);
    await state.monitor.stop();
  });

  test.each([2000, 10_000])("answers that were held up for %i ms do not make a path slow", async (cut) => {
    const state = path(5);
    await vi.advanceTimersByTimeAsync(2 * PING_INTERVAL);
    state.delay = undefined;
    const before = state.pings.length;
    await vi.advanceTimersByTimeAsync(cut);
    const far = state.router.start(() => {});
    for (const { payload, returnRoute } of state.pings.slice(before)) void far.send(returnRoute, payload);
    state.events.length = 0;
    await vi.advanceTimersByTimeAsync(LOSS);
    expect(state.events.at(-1)).toBe("lost");
    await state.monitor.stop();
  });

  test("no more than so many pings are remembered", async () => {
    const { monitor, router, events, pings } = path(undefined);
    await vi.advanceTimersByTimeAsync(2 * MAX_OUTSTANDING_PINGS * PING_INTERVAL);
    const far = router.start(() => {});
    const answer = async (ping: Message): Promise<void> => {
      void far.send(ping.returnRoute, ping.payload);
      await vi.advanceTimersByTimeAsync(0);
    };
    await answer(pings.at(-MAX_OUTSTANDING_PINGS - 1)!);
    expect(events).toEqual(["lost"]);
    await answer(pings.at(-MAX_OUTSTANDING_PINGS)!);
    expect(events).toEqual(["lost", "alive"]);
    await monitor.stop();
  });
});

describe("a path that falls silent", () => {
  test("is lost after some pings, and not before", async () => {
    const { monitor, events, pings } = path(undefined);
    await vi.advanceTimersByTimeAsync(LOSS - 1);
    expect(events).toEqual([]);
    expect(pings).toHaveLength(1 + SUSPICION_PINGS);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual(["lost"]);
    await monitor.stop();
  });

  test("is lost sooner when somebody suspects it", async () => {
    const { monitor, events } = path(undefined);
    monitor.suspect();
    await vi.advanceTimersByTimeAsync(100);
    // Every half second, while a connection waits for its answer.
    monitor.suspect();
    await vi.advanceTimersByTimeAsync(SUSPICION_PINGS * SUSPICION_INTERVAL - 101);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual(["lost"]);
    await monitor.stop();
  });

  test("is lost though data came in before", async () => {
    const state = path(undefined);
    state.received = 1000;
    for (let elapsed = 0; elapsed < SUSPICION_PINGS * SUSPICION_INTERVAL; elapsed += 500) {
      state.monitor.suspect();
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(state.events).toEqual(["lost"]);
    await state.monitor.stop();
  });

  test("is found again by an answer that comes late", async () => {
    const state = path(undefined);
    state.monitor.suspect();
    state.delay = SUSPICION_PINGS * SUSPICION_INTERVAL + 50;
    await vi.advanceTimersByTimeAsync(3 * SUSPICION_PINGS * SUSPICION_INTERVAL);
    expect(state.events).toEqual(["lost", "alive"]);
    await state.monitor.stop();
  });

  test("is asked at times after it was lost", async () => {
    const state = path(undefined);
    await vi.advanceTimersByTimeAsync(LOSS);
    expect(state.events).toEqual(["lost"]);
    state.delay = 1;
    await vi.advanceTimersByTimeAsync(PING_INTERVAL + 1);
    expect(state.events).toEqual(["lost", "alive"]);
    await state.monitor.stop();
  });
});

test("nothing is sent or told after the end", async () => {
  const { monitor, events, pings } = path(undefined);
  monitor.suspect();
  await monitor.stop();
  monitor.suspect();
  await vi.advanceTimersByTimeAsync(10 * LOSS);
  expect(pings).toHaveLength(1);
  expect(events).toEqual([]);
});

test("answers that nobody asked for prove nothing", async () => {
  const state = path(undefined);
  const forge = setInterval(() => {
    const [ping] = state.pings;
    if (ping === undefined) return;
    const context = state.router.start(() => {});
    void context.send(ping.returnRoute, new Uint8Array([0x1b, 1, 2, 3, 4, 5, 6, 7, 8]));
    void context.stop();
  }, 100);
  await vi.advanceTimersByTimeAsync(LOSS);
  clearInterval(forge);
  expect(state.events).toEqual(["lost"]);
  await state.monitor.stop();
});

test("a lost path is told of within less than 5 s, whatever the moment", () => {
  expect(LOSS).toBeLessThanOrEqual(4000);
});
