// Notices that the way of a stream is gone. docs/protocol/portals.md, "Cut streams".
import type { Address, Router } from "@ockam/core-routing";

import { TICK_INTERVAL, WATCH_INTERVAL } from "./limits.ts";

/**
 * Subscribes `listener` to signs that messages through `hop` (a secure channel's or connection's address) were lost,
 * repeated or reordered, and returns the function that unsubscribes it.
 */
export type Disturbance = (listener: () => void, hop: Address) => () => void;

/** A stream as its watch sees it. */
export interface WatchedStream {
  /** The first hop of its way no longer exists. */
  routeLost(): void;
  /** The way lost, repeated or reordered something, not necessarily of this stream. */
  disturbed(): void;
  /** Called every {@link TICK_INTERVAL}; `now` is in milliseconds, monotonic. */
  tick(now: number): void;
}

interface WatchedHop {
  readonly address: Address;
  readonly streams: Set<WatchedStream>;
  readonly unsubscribe: (() => void) | undefined;
}

/** Watches the first hops of all streams of one portal: one timer and one subscription for each hop, however many streams. */
export class RouteWatch {
  readonly #router: Router;
  readonly #disturbance: Disturbance | undefined;
  readonly #hops: Map<string, WatchedHop> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #lastTick = 0;

  constructor(router: Router, disturbance: Disturbance | undefined) {
    this.#router = router;
    this.#disturbance = disturbance;
  }

  /** Watches `hop` for `stream`. */
  add(hop: Address, stream: WatchedStream): void {
    let watched = this.#hops.get(hop.key);
    if (watched === undefined) {
      const streams = new Set<WatchedStream>();
      const unsubscribe = this.#disturbance?.(() => {
        for (const each of streams) each.disturbed();
      }, hop);
      watched = { address: hop, streams, unsubscribe };
      this.#hops.set(hop.key, watched);
    }
    watched.streams.add(stream);
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#look(), WATCH_INTERVAL);
    this.#timer.unref();
  }

  /** Stops watching `hop` for `stream`. */
  remove(hop: Address, stream: WatchedStream): void {
    const watched = this.#hops.get(hop.key);
    if (watched === undefined || !watched.streams.delete(stream) || watched.streams.size > 0) return;
    this.#hops.delete(hop.key);
    watched.unsubscribe?.();
    if (this.#hops.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = performance.now();
    const ticks = now - this.#lastTick >= TICK_INTERVAL;
    if (ticks) this.#lastTick = now;
    for (const { address, streams } of this.#hops.values()) {
      const exists = this.#router.has(address);
      if (exists && !ticks) continue;
      for (const stream of streams) {
        if (exists) stream.tick(now);
        else stream.routeLost();
      }
    }
  }
}
