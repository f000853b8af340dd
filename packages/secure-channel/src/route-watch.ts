import type { Address, Router } from "@ockam/core-routing";
import { startTimer } from "./timer.ts";

/** How often the first hop of every channel's route is looked up, in milliseconds. */
export const ROUTE_CHECK_INTERVAL = 5_000;
/** How long a channel outlives the first hop of its route, in milliseconds: time to move to another connection. */
export const ROUTE_GRACE_PERIOD = 30_000;

/** Something that lives only as long as messages can leave it. */
export interface Routed {
  /** The address that the next message goes to. */
  readonly firstHop: Address | undefined;
  /** Called once {@link firstHop} has been missing for the whole grace period. */
  onRouteLost(): void;
}

const watches = new WeakMap<Router, RouteWatch>();

/**
 * Finds channels whose connection is gone. One timer per router serves them all, and runs only while there are any.
 * A peer that vanishes says nothing, and one that replaces its connection often gets no goodbye through either.
 */
export class RouteWatch {
  readonly #router: Router;
  readonly #missingSince = new Map<Routed, number | undefined>();
  #stopTimer: (() => void) | undefined;

  private constructor(router: Router) {
    this.#router = router;
  }

  /** The watch of all channels of `router`. */
  static of(router: Router): RouteWatch {
    let watch = watches.get(router);
    if (watch === undefined) {
      watch = new RouteWatch(router);
      watches.set(router, watch);
    }
    return watch;
  }

  add(routed: Routed): void {
    this.#missingSince.set(routed, undefined);
    this.#schedule();
  }

  delete(routed: Routed): void {
    this.#missingSince.delete(routed);
    if (this.#missingSince.size > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #schedule(): void {
    this.#stopTimer ??= startTimer(ROUTE_CHECK_INTERVAL, () => {
      this.#stopTimer = undefined;
      this.#check(performance.now());
      if (this.#missingSince.size > 0) this.#schedule();
    });
  }

  #check(now: number): void {
    for (const [routed, since] of this.#missingSince) {
      const { firstHop } = routed;
      if (firstHop !== undefined && this.#router.has(firstHop)) {
        if (since !== undefined) this.#missingSince.set(routed, undefined);
      } else if (since === undefined) {
        this.#missingSince.set(routed, now);
      } else if (now - since >= ROUTE_GRACE_PERIOD) {
        this.#missingSince.delete(routed);
        routed.onRouteLost();
      }
    }
  }
}
