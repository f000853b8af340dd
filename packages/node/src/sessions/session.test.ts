import { silentLog } from "@ockam/codec";
import { Router } from "@ockam/core-routing";
import type { Address } from "@ockam/core-routing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { PING_INTERVAL, PING_TIMEOUT, SUSPICION_INTERVAL, SUSPICION_PINGS } from "./path-monitor.ts";
import {
  ATTEMPT_PATIENCE,
  ATTEMPT_TIMEOUT,
  EARLY_ATTEMPTS,
  LATE_ATTEMPT_PATIENCE,
  MAX_RETRY_DELAY,
  MIN_RETRY_DELAY,
  RETIREMENT,
  RETIREMENT_INTERVAL,
  RETRY_JITTER,
  Session,
  STABLE_AFTER,
} from "./session.ts";
import type { SessionPath } from "./session.ts";

const LOSS = PING_INTERVAL + PING_TIMEOUT + SUSPICION_PINGS * SUSPICION_INTERVAL;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A path of its own far end; `silent` is a cut that nobody is told of. */
class FakePath implements SessionPath {
  readonly pingRoute: readonly Address[];
  readonly closed: Promise<Error | undefined>;
  silent = false;
  closes = 0;
  reclaims = 0;
  readonly end: (reason?: Error) => void;

  constructor(router: Router) {
    const { promise, resolve } = withResolvers<Error | undefined>();
    this.closed = promise;
    this.end = resolve;
    const far = router.start((message, context) => {
      if (!this.silent) void context.reply(message, message.payload);
    });
    this.pingRoute = [far.address];
  }

  reclaim(): void {
    this.reclaims++;
  }

  async close(): Promise<void> {
    this.closes++;
    this.end();
  }
}

/** A session to a peer that can be away. */
function world(): {
  readonly session: Session<FakePath>;
  readonly paths: FakePath[];
  readonly attempts: number[];
  readonly events: string[];
  peer: "there" | "refuses" | "silent";
  inUse: boolean;
} {
  const router = new Router();
  const paths: FakePath[] = [];
  const attempts: number[] = [];
  const events: string[] = [];
  const state = { peer: "there" as "there" | "refuses" | "silent", inUse: false };
  const session = new Session<FakePath>({
    router,
    name: "test",
    log: silentLog,
    async open(signal) {
      attempts.push(performance.now());
      if (state.peer === "silent") {
        const { promise, reject } = withResolvers<never>();
        setTimeout(() => reject(new Error("timeout")), ATTEMPT_TIMEOUT);
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        await promise;
      }
      if (state.peer === "refuses") throw new Error("refused");
      const path = new FakePath(router);
      paths.push(path);
      return path;
    },
    onUp: (path) => events.push(`up ${paths.indexOf(path)}`),
    onDown: (reason) => events.push(`down ${reason.message}`),
    isInUse: () => state.inUse,
  });
  return Object.assign(state, { session, paths, attempts, events });
}

/** The pauses between attempts to reach a peer that refuses them. */
async function distances(random: number): Promise<readonly number[]> {
  vi.spyOn(Math, "random").mockReturnValue(random);
  const state = world();
  state.peer = "refuses";
  state.session.start();
  await vi.advanceTimersByTimeAsync(12_000);
  await state.session.close();
  return state.attempts.slice(1).map((time, i) => Math.round(time - state.attempts[i]!));
}

function withResolvers<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

describe("a session", () => {
  test("is up when its path is", async () => {
    const { session, events, paths } = world();
    expect(session.status).toBe("Down");
    session.start();
    await session.firstAttempt;
    expect(session.status).toBe("Up");
    expect(session.path).toBe(paths[0]);
    await vi.advanceTimersByTimeAsync(20 * PING_INTERVAL);
    expect(events).toEqual(["up 0"]);
    await session.close();
    expect(paths[0]!.closes).toBe(1);
    expect(session.status).toBe("Down");
  });

  test("takes a path that is open already", async () => {
    const state = world();
    const first = new FakePath(new Router());
    state.session.start(first);
    expect(state.session.path).toBe(first);
    expect(state.attempts).toEqual([]);
    await state.session.close();
  });

  test("may begin before its peer does", async () => {
    const state = world();
    state.peer = "refuses";
    state.session.start();
    await state.session.firstAttempt;
    expect(state.session.status).toBe("Down");
    expect(state.session.lastFailure?.message).toBe("refused");
    await vi.advanceTimersByTimeAsync(60_000);
    state.peer = "there";
    await vi.advanceTimersByTimeAsync(MAX_RETRY_DELAY);
    expect(state.session.status).toBe("Up");
    await state.session.close();
  });
});

describe("a path that closes", () => {
  test("is replaced at once", async () => {
    const state = world();
    state.session.start();
    await vi.advanceTimersByTimeAsync(STABLE_AFTER);
    state.paths[0]!.end(new Error("reset by peer"));
    await vi.advanceTimersByTimeAsync(0);
    expect(state.events).toEqual(["up 0", "down reset by peer"]);
    await vi.advanceTimersByTimeAsync(MIN_RETRY_DELAY);
    expect(state.events).toEqual(["up 0", "down reset by peer", "up 1"]);
    expect(state.paths[0]!.closes).toBe(1);
    await state.session.close();
  });

  test("again and again is not replaced ever faster", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const state = world();
    state.session.start();
    for (let i = 0; i < 10; i++) {
      await vi.advanceTimersByTimeAsync(MAX_RETRY_DELAY);
      state.paths.at(-1)!.end(new Error("kicked"));
    }
    // 100, 200, … 1600, 2000, 2000: at most one for each end.
    expect(state.attempts.length).toBeLessThanOrEqual(10);
    await state.session.close();
  });
});

describe("while the peer is away", () => {
  test("attempts come at growing distances up to a bound, with chance in them", async () => {
    expect((await distances(0)).slice(0, 8)).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 2000]);
    const least = (await distances(1)).slice(0, 8);
    expect(least[7]).toBe(MAX_RETRY_DELAY * (1 - RETRY_JITTER));
    expect(least[0]).toBe(MIN_RETRY_DELAY * (1 - RETRY_JITTER));
  });

  test("whatever its silence looks like, it is found within five seconds of its return", async () => {
    for (const silence of ["refuses", "silent"] as const) {
      for (const away of [10, 777, 3499, 3501, 5000, 7001, 12_345, 60_000]) {
        const state = world();
        state.session.start();
        await vi.advanceTimersByTimeAsync(STABLE_AFTER);
        state.peer = silence;
        state.paths[0]!.end(new Error("gone"));
        await vi.advanceTimersByTimeAsync(away);
        state.peer = "there";
        await vi.advanceTimersByTimeAsync(5000);
        expect(state.session.status, `${silence} for ${away} ms`).toBe("Up");
        await state.session.close();
      }
    }
    expect(ATTEMPT_TIMEOUT + MIN_RETRY_DELAY).toBeLessThan(5000);
    expect(MAX_RETRY_DELAY).toBeLessThan(5000);
  });
});

describe("a path that falls silent", () => {
  test("is given up, and closed once another one is up", async () => {
    const state = world();
    state.session.start();
    await state.session.firstAttempt;
    state.paths[0]!.silent = true;
    await vi.advanceTimersByTimeAsync(LOSS);
    expect(state.events).toEqual(["up 0", "down test: the other side does not answer any more", "up 1"]);
    expect(state.paths[0]!.closes).toBe(1);
    await state.session.close();
  });

  test("goes on being used when it answers before another one is up", async () => {
    const state = world();
    state.session.start();
    await state.session.firstAttempt;
    state.peer = "silent";
    state.paths[0]!.silent = true;
    await vi.advanceTimersByTimeAsync(LOSS);
    expect(state.session.status).toBe("Down");
    state.paths[0]!.silent = false;
    await vi.advanceTimersByTimeAsync(PING_INTERVAL);
    expect(state.session.path).toBe(state.paths[0]);
    state.peer = "there";
    await vi.advanceTimersByTimeAsync(5 * PING_INTERVAL);
    expect(state.paths).toHaveLength(1);
    await state.session.close();
  });

  test("may close while it is being replaced", async () => {
    const state = world();
    state.session.start();
    await state.session.firstAttempt;
    state.peer = "silent";
    state.paths[0]!.silent = true;
    await vi.advanceTimersByTimeAsync(LOSS + 1);
    state.paths[0]!.end(new Error("reset"));
    await vi.advanceTimersByTimeAsync(60_000);
    state.peer = "there";
    await vi.advanceTimersByTimeAsync(5000);
    expect(state.session.path).toBe(state.paths[1]);
    await state.session.close();
  });

  test("stays while something uses it, if it is only slow", async () => {
    const state = world();
    state.session.start();
    await state.session.firstAttempt;
    state.inUse = true;
    state.paths[0]!.silent = true;
    await vi.advanceTimersByTimeAsync(LOSS);
    expect(state.session.path).toBe(state.paths[1]);
    state.paths[0]!.silent = false;
    await vi.advanceTimersByTimeAsync(2 * RETIREMENT);
    expect(state.paths[0]!.closes).toBe(0);
    state.inUse = false;
    await vi.advanceTimersByTimeAsync(RETIREMENT_INTERVAL);
    expect(state.paths[0]!.closes).toBe(1);
    expect(state.session.path).toBe(state.paths[1]);
    await state.session.close();
  });

  test("does not stay for ever when it is not", async () => {
    const state = world();
    state.session.start();
    await state.session.firstAttempt;
    state.inUse = true;
    state.paths[0]!.silent = true;
    await vi.advanceTimersByTimeAsync(RETIREMENT - LOSS);
    expect(state.paths[0]!.closes).toBe(0);
    await vi.advanceTimersByTimeAsync(LOSS + RETIREMENT_INTERVAL);
    expect(state.paths[0]!.closes).toBe(1);
    await state.session.close();
  });
});

describe("attempts that meet silence", () => {
  test("do not wait for one another", async () => {
    const state = world();
    state.peer = "silent";
    state.session.start();
    await vi.advanceTimersByTimeAsync(EARLY_ATTEMPTS + 10 * LATE_ATTEMPT_PATIENCE);
    const pauses = state.attempts.slice(1).map((time, i) => Math.round(time - state.attempts[i]!));
    expect(pauses[0]).toBe(ATTEMPT_PATIENCE);
    expect(pauses.at(-1)).toBe(LATE_ATTEMPT_PATIENCE);
    expect(new Set(pauses)).toEqual(new Set([ATTEMPT_PATIENCE, LATE_ATTEMPT_PATIENCE]));
    // Those before are still silent: the first that succeeds is the end of them.
    state.peer = "there";
    await vi.advanceTimersByTimeAsync(LATE_ATTEMPT_PATIENCE);
    expect(state.session.status).toBe("Up");
    await vi.advanceTimersByTimeAsync(2 * ATTEMPT_TIMEOUT);
    expect(state.paths).toHaveLength(1);
    expect(state.events.at(-1)).toBe("up 0");
    await state.session.close();
  });
});

/** How long it takes until nothing is left of an attempt that was ended, ms. */
const UNDOING = 400;

/** Attempts that are silent; the last one opens its path when told to. */
function silentAttempts(): { readonly session: Session<FakePath>; readonly open: () => FakePath } {
  const router = new Router();
  const answers: ((path: FakePath) => void)[] = [];
  const session = new Session<FakePath>({
    router,
    name: "test",
    log: silentLog,
    open: (signal) => {
      const { promise, resolve, reject } = withResolvers<FakePath>();
      answers.push(resolve);
      signal.addEventListener("abort", () => setTimeout(() => reject(new Error("aborted")), UNDOING));
      return promise;
    },
    onUp: () => {},
    onDown: () => {},
  });
  session.start();
  const open = (): FakePath => {
    const path = new FakePath(router);
    answers.at(-1)!(path);
    return path;
  };
  return { session, open };
}

describe("of several attempts, the path that counts is claimed again", () => {
  test("once nothing is left of the others", async () => {
    const { open, session } = silentAttempts();
    await vi.advanceTimersByTimeAsync(2 * ATTEMPT_PATIENCE + 1);
    const path = open();
    await vi.advanceTimersByTimeAsync(UNDOING - 1);
    expect(session.path).toBe(path);
    expect(path.reclaims).toBe(0);
    await vi.advanceTimersByTimeAsync(PING_INTERVAL);
    expect(path.reclaims).toBe(1);
    await session.close();
  });

  test("not when there was one attempt only, or the path is gone by then", async () => {
    const { open, session } = silentAttempts();
    await vi.advanceTimersByTimeAsync(1);
    const path = open();
    await vi.advanceTimersByTimeAsync(PING_INTERVAL);
    expect(session.path).toBe(path);
    expect(path.reclaims).toBe(0);
    await session.close();
    const second = silentAttempts();
    await vi.advanceTimersByTimeAsync(ATTEMPT_PATIENCE + 1);
    const gone = second.open();
    await vi.advanceTimersByTimeAsync(UNDOING - 1);
    gone.end();
    await vi.advanceTimersByTimeAsync(PING_INTERVAL);
    expect(gone.reclaims).toBe(0);
    await second.session.close();
  });

  test("also when it is the one from before that answers again", async () => {
    const state = world();
    state.session.start();
    await state.session.firstAttempt;
    state.peer = "silent";
    state.paths[0]!.silent = true;
    await vi.advanceTimersByTimeAsync(LOSS);
    state.paths[0]!.silent = false;
    await vi.advanceTimersByTimeAsync(PING_INTERVAL);
    expect(state.session.path).toBe(state.paths[0]);
    expect(state.paths[0]!.reclaims).toBe(1);
    await state.session.close();
  });
});

describe("a path that is renewed", () => {
  test("is replaced by another one, without a gap, and not too often", async () => {
    const state = world();
    state.session.start();
    await vi.advanceTimersByTimeAsync(0);
    for (let round = 0; round < 10; round++) state.session.renew();
    await vi.advanceTimersByTimeAsync(RETIREMENT_INTERVAL);
    expect(state.events).toEqual(["up 0", "up 1"]);
    expect(state.paths[0]!.closes).toBe(1);
    expect(state.session.path).toBe(state.paths[1]);
    state.session.renew();
    await vi.advanceTimersByTimeAsync(0);
    expect(state.session.path).toBe(state.paths[2]);
    await state.session.close();
  });

  test("stays when there is no other", async () => {
    for (const peer of ["refuses", "silent"] as const) {
      const state = world();
      state.session.start();
      await vi.advanceTimersByTimeAsync(0);
      state.peer = peer;
      state.session.renew();
      await vi.advanceTimersByTimeAsync(3 * ATTEMPT_TIMEOUT);
      expect(state.attempts).toHaveLength(2);
      expect(state.events).toEqual(["up 0"]);
      expect(state.session.path).toBe(state.paths[0]);
      await state.session.close();
    }
  });

  test("is nothing while there is none", async () => {
    const state = world();
    state.peer = "refuses";
    state.session.start();
    await vi.advanceTimersByTimeAsync(0);
    state.session.renew();
    await vi.advanceTimersByTimeAsync(0);
    expect(state.attempts).toHaveLength(1);
    await state.session.close();
  });
});

test("closing ends everything, whatever is under way", async () => {
  const state = world();
  state.peer = "silent";
  state.session.start();
  await vi.advanceTimersByTimeAsync(10);
  await state.session.close();
  await state.session.firstAttempt;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(state.attempts).toHaveLength(1);
  expect(state.events).toEqual([]);
});

test("a path that is opened too late is closed", async () => {
  const router = new Router();
  const { promise, resolve } = withResolvers<FakePath>();
  const late = new Session<FakePath>({
    router,
    name: "test",
    log: silentLog,
    open: () => promise,
    onUp: () => {
      throw new Error("it was closed");
    },
    onDown: () => {},
  });
  late.start();
  await late.close();
  const path = new FakePath(router);
  resolve(path);
  await vi.advanceTimersByTimeAsync(0);
  expect(path.closes).toBe(1);
});
