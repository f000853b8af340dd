import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";

import { expect, test } from "vitest";

import { createStyle } from "../style.ts";
import { LEAST_PAUSE, LIVE_INTERVAL, runLiveView, type LiveClock, type LiveView } from "./live-view.ts";
import { openScreen, type Screen } from "./screen.ts";

const NEVER = new AbortController().signal;

/** A clock that goes on when the view pauses, and then calls what is to happen meanwhile. */
class FakeClock implements LiveClock {
  readonly pauses: number[] = [];
  readonly #meanwhile: (() => void)[];
  #now = 0;

  constructor(...meanwhile: readonly (() => void)[]) {
    this.#meanwhile = [...meanwhile];
  }

  now(): number {
    return this.#now;
  }

  /** Time passes while something else goes on. */
  pass(time: number): void {
    this.#now += time;
  }

  async pause(time: number): Promise<void> {
    this.pauses.push(time);
    this.#now += time;
    this.#meanwhile.shift()?.();
  }
}

interface World extends Disposable {
  readonly screen: Screen;
  readonly stdin: PassThrough;
  readonly stdout: PassThrough & { columns?: number };
  frames(): readonly string[];
}

function world(): World {
  const stdout = new PassThrough();
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode() {} });
  const written: string[] = [];
  stdout.on("data", (data: Buffer) => written.push(data.toString()));
  const screen = openScreen({ stdout, stdin, style: createStyle(false) });
  return {
    screen,
    stdin,
    stdout,
    frames: () => written.slice(1).map((text) => stripVTControlCharacters(text)),
    [Symbol.dispose]: () => screen[Symbol.dispose](),
  };
}

/** Counts its looks. */
function counting(onLook = () => {}): LiveView<number> {
  let looks = 0;
  return {
    async look() {
      onLook();
      return ++looks;
    },
    lines: (report, previous, { columns }) => [`${previous ?? "-"} ${report} ${columns}`],
  };
}

test.each(["q", "Q", "\u0003", "\u0004"])(
  "is drawn each second with what was seen before, until %j",
  async (key) => {
    using w = world();
    const press = (): void => void w.stdin.emit("data", Buffer.from(key));
    const clock = new FakeClock(
      () => {},
      () => {},
      press,
    );
    await runLiveView(w.screen, counting(), { clock, ends: [NEVER] });
    expect(w.frames()).toEqual(["- 1 80", "1 2 80", "2 3 80"]);
    expect(clock.pauses).toEqual([LIVE_INTERVAL, LIVE_INTERVAL, LIVE_INTERVAL]);
  },
);

test("is drawn again at once when the size changes, from what was seen last", async () => {
  using w = world();
  const resize = (): void => {
    w.stdout.columns = 100;
    w.stdout.emit("resize");
  };
  const clock = new FakeClock(resize, () => w.stdin.emit("data", "q"));
  await runLiveView(w.screen, counting(), { clock, ends: [NEVER] });
  expect(w.frames()).toEqual(["- 1 80", "- 1 100", "1 2 100"]);
});

test("keeps its pace when looks take time, and never goes without a pause", async () => {
  using w = world();
  const times = [300, 5000, 0];
  const clock = new FakeClock(
    () => {},
    () => {},
    () => w.stdin.emit("data", "q"),
  );
  const view = counting(() => clock.pass(times.shift()!));
  await runLiveView(w.screen, view, { clock, ends: [NEVER] });
  expect(clock.pauses).toEqual([LIVE_INTERVAL - 300, LEAST_PAUSE, LIVE_INTERVAL]);
});

test("ends with a signal, also in the middle of a look, and draws no more", async () => {
  using w = world();
  const end = new AbortController();
  const view: LiveView<number> = {
    look: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve(1));
        end.abort();
      }),
    lines: () => expect.unreachable(),
  };
  await runLiveView(w.screen, view, { clock: new FakeClock(), ends: [NEVER, end.signal] });
  expect(w.frames()).toEqual([]);
});

test("keys with sequences of their own end nothing", async () => {
  using w = world();
  const clock = new FakeClock(
    () => w.stdin.emit("data", "\u001bOq"),
    () => w.stdin.emit("data", "x"),
    () => w.stdin.emit("data", "q"),
  );
  await runLiveView(w.screen, counting(), { clock, ends: [NEVER] });
  expect(w.frames()).toHaveLength(3);
});

test("a look that fails ends it with the failure", async () => {
  using w = world();
  const view: LiveView<number> = { look: () => Promise.reject(new Error("no state")), lines: () => [] };
  await expect(runLiveView(w.screen, view, { clock: new FakeClock(), ends: [] })).rejects.toThrow("no state");
});
