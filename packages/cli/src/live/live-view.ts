import { setTimeout } from "node:timers/promises";

import type { Screen, ScreenSize } from "./screen.ts";

/** How often a view is drawn anew, ms. */
export const LIVE_INTERVAL = 1000;
/** The least pause between two looks, however long one takes, ms. */
export const LEAST_PAUSE = 100;

/** The keys that end a view: q, Ctrl-C and Ctrl-D. */
const END_KEYS = ["q", "Q", "\u0003", "\u0004"];
const ESCAPE = "\u001b";

/** What is looked at, and how it is drawn. */
export interface LiveView<Report> {
  /** Ends early when aborted, and what it returns is not drawn then. */
  look(signal: AbortSignal): Promise<Report>;
  /** Lines that fit into `size`. `previous`: what was seen one look earlier; undefined at first. */
  lines(report: Report, previous: Report | undefined, size: ScreenSize): readonly string[];
}

/** Where time comes from. */
export interface LiveClock {
  /** ms */
  now(): number;
  /** Resolves after `time` ms, or when aborted. */
  pause(time: number, signal: AbortSignal): Promise<void>;
}

/** The real time. */
export const SYSTEM_CLOCK: LiveClock = {
  now: () => performance.now(),
  pause: (time, signal) => setTimeout(time, undefined, { signal }).catch(() => {}),
};

/**
 * Draws a view on the screen, and again about each second and when the screen has another size, until a key ends it or
 * one of `ends` is aborted.
 */
export async function runLiveView<Report>(
  screen: Screen,
  view: LiveView<Report>,
  { clock, ends }: { readonly clock: LiveClock; readonly ends: readonly AbortSignal[] },
): Promise<void> {
  const keys = new AbortController();
  const ended = AbortSignal.any([...ends, keys.signal]);
  let seen: { readonly report: Report; readonly previous: Report | undefined } | undefined;
  const draw = (): void => {
    if (seen !== undefined) screen.draw(view.lines(seen.report, seen.previous, screen.size));
  };
  screen.onKey((typed) => {
    // An arrow, say, is a sequence of characters of its own.
    if (!typed.startsWith(ESCAPE) && END_KEYS.some((key) => typed.includes(key))) keys.abort();
  });
  screen.onResize(draw);
  while (!ended.aborted) {
    const startedAt = clock.now();
    const report = await view.look(ended);
    if (ended.aborted) return;
    seen = { report, previous: seen?.report };
    draw();
    await clock.pause(Math.max(LEAST_PAUSE, startedAt + LIVE_INTERVAL - clock.now()), ended);
  }
}
