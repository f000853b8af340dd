// What inlets, outlets and single portals share: their streams. docs/protocol/portals.md.
import type { Log, OckamError } from "@ockam/codec";
import { silentLog } from "@ockam/codec";
import type { AccessControl, Router } from "@ockam/core-routing";

import type { LocalEnd } from "./local-end.ts";
import type { PortalConnection } from "./portal-connection.ts";
import type { PortalTraffic } from "./portal-traffic.ts";
import { WindowBudget } from "./receive-window.ts";
import type { Disturbance } from "./route-watch.ts";
import { RouteWatch } from "./route-watch.ts";
import type { StreamSettings } from "./stream-settings.ts";

/** Options that inlets, outlets and single portals have in common. */
export interface PortalOptions {
  /** Checks every message that arrives for a connection (and for an outlet's own address); all pass by default. */
  readonly incoming?: AccessControl;
  /** Checks every message that a connection sends; all pass by default. */
  readonly outgoing?: AccessControl;
  /** Nagle's algorithm on sockets of applications; off by default. */
  readonly nagle?: boolean;
  /** Whether data messages carry a counter, on which credit, half-close and loss detection build; on by default. */
  readonly counter?: boolean;
  /** Puts something between each application and its stream, which may change what both say: a protocol's interceptor. */
  readonly intercept?: (end: LocalEnd) => LocalEnd;
  /** How connections whose other end is a Rust peer learn that the way below them lost something. */
  readonly disturbance?: Disturbance;
  readonly log?: Log;
}

/** The streams of one inlet or outlet. */
export class Portal {
  readonly settings: StreamSettings;
  readonly #streams: Set<PortalConnection> = new Set();
  // of all connections, and of those that are over: streams count for themselves as long as they are there
  #begun = 0;
  #bytesSentBefore = 0;
  #bytesReceivedBefore = 0;
  #lastFailure: OckamError | undefined;
  #lastFailureAt: number | undefined;

  /** `linger` is {@link StreamSettings.linger}. */
  constructor(router: Router, options: PortalOptions, linger: number) {
    this.settings = {
      router,
      incoming: options.incoming,
      outgoing: options.outgoing,
      counted: options.counter ?? true,
      linger,
      budget: new WindowBudget(),
      latePongs: { count: 0 },
      watch: new RouteWatch(router, options.disturbance),
      log: options.log ?? silentLog,
      onClosed: (stream, failure) => {
        this.#streams.delete(stream);
        this.#bytesSentBefore += stream.bytesSent;
        this.#bytesReceivedBefore += stream.bytesReceived;
        if (failure !== undefined) this.failed(failure);
      },
    };
  }

  /** The latest failure of a connection. */
  get lastFailure(): OckamError | undefined {
    return this.#lastFailure;
  }

  /** When it was, ms since 1970. */
  get lastFailureAt(): number | undefined {
    return this.#lastFailureAt;
  }

  /** What went through so far. */
  get traffic(): PortalTraffic {
    let [bytesSent, bytesReceived] = [this.#bytesSentBefore, this.#bytesReceivedBefore];
    for (const stream of this.#streams) {
      bytesSent += stream.bytesSent;
      bytesReceived += stream.bytesReceived;
    }
    return { connections: this.#begun, bytesSent, bytesReceived };
  }

  /** How many connections there are. */
  get size(): number {
    return this.#streams.size;
  }

  /** The settings for a stream after whose end `release` is called. */
  settingsWith(release: () => void): StreamSettings {
    return {
      ...this.settings,
      onClosed: (stream, failure) => {
        release();
        this.settings.onClosed(stream, failure);
      },
    };
  }

  /** Takes note of a failure that has no connection. */
  failed(failure: OckamError): void {
    this.#lastFailure = failure;
    this.#lastFailureAt = Date.now();
  }

  /** Adds a stream that is not over. */
  add(stream: PortalConnection): void {
    this.#streams.add(stream);
    this.#begun += 1;
  }

  /** The connections as they are now. */
  connections(): readonly PortalConnection[] {
    return [...this.#streams];
  }

  /** Ends all connections: the applications at both ends see a reset. */
  reset(): void {
    for (const stream of this.connections()) stream.reset();
  }
}
