// Many relays at one node, by one connection. docs/protocol/kafka-portal.md, "Publishing".
import { Address } from "@ockam/core-routing";
import type { Route } from "@ockam/core-routing";

import type { NodeCore } from "../node-core.ts";
import { registerRelay } from "../relays/relay-client.ts";
import type { RegisteredRelay } from "../relays/relay-client.ts";
import { planRelay } from "../relays/relay-session.ts";
import { buildRoute } from "../routes/route-builder.ts";
import { ATTEMPT_TIMEOUT, Session } from "../sessions/session.ts";
import type { SessionPath } from "../sessions/session.ts";
import { SELF_ROUTE } from "./consumer-way.ts";

/** The first pause after a registration that failed, ms. It doubles with each further one. */
export const MIN_REGISTRATION_PAUSE = 500;
/** The longest pause, ms. */
export const MAX_REGISTRATION_PAUSE = 10_000;

const ECHO = Address.local("echo");

interface BundlePath extends SessionPath {
  readonly route: Route;
  /** Aborted when the path is not in use any more. */
  readonly ending: AbortController;
}

/** One relay of a bundle. */
interface Entry {
  /** While it is registered. */
  relay?: RegisteredRelay | undefined;
  failure?: Error | undefined;
  /** Whether it was there once. */
  wasUp: boolean;
  /** Resolves after the first registration, whatever became of it. */
  readonly tried: Promise<void>;
  readonly endFirst: () => void;
  /** Ends its registration. */
  readonly removing: AbortController;
}

/** How a relay fares. */
export interface RelayState {
  readonly isUp: boolean;
  /** Whether it is, or was once. */
  readonly wasUp: boolean;
  /** Why it is not there. */
  readonly failure: Error | undefined;
}

/** Relays that this node keeps registered at another one. */
export class RelayBundle {
  readonly #core: NodeCore;
  readonly #at: string;
  readonly #entries = new Map<string, Entry>();
  readonly #session: Session<BundlePath>;

  /** Begins to connect at once. */
  constructor(core: NodeCore, at: string) {
    this.#core = core;
    this.#at = at;
    this.#session = new Session<BundlePath>({
      router: core.router,
      name: `relays at ${at}`,
      log: core.log,
      open: (signal) => this.#open(signal),
      onUp: (path) => {
        for (const [name, entry] of this.#entries) void this.#keep(name, entry, path);
      },
      onDown: () => {},
    });
    this.#session.start();
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Keeps a relay registered from now on. */
  add(name: string): void {
    let endFirst = nothing;
    const tried = new Promise<void>((resolve) => {
      endFirst = resolve;
    });
    const entry: Entry = { wasUp: false, tried, endFirst, removing: new AbortController() };
    this.#entries.set(name, entry);
    const { path } = this.#session;
    if (path !== undefined) void this.#keep(name, entry, path);
  }

  /** Ends relays. The connection goes with them, as nothing else ends one; the others get a new one. */
  remove(names: readonly string[]): void {
    for (const name of names) {
      const entry = this.#entries.get(name);
      entry?.removing.abort(new Error("it is not published any more"));
      entry?.endFirst();
      this.#entries.delete(name);
    }
    if (!this.isEmpty) this.#session.renew();
  }

  /** Whether a relay is registered at present; and if not, why. */
  stateOf(name: string): RelayState {
    const entry = this.#entries.get(name);
    const isUp = this.#session.path !== undefined && entry?.relay !== undefined;
    const failure = isUp ? undefined : (entry?.failure ?? this.#session.lastFailure);
    return { isUp, wasUp: entry?.wasUp === true, failure };
  }

  /** Resolves after the first registration of a relay, whatever became of it; at once for one that is not there. */
  triedOf(name: string): Promise<void> {
    return this.#entries.get(name)?.tried ?? Promise.resolve();
  }

  async close(): Promise<void> {
    this.remove([...this.#entries.keys()]);
    await this.#session.close();
  }

  async #open(signal: AbortSignal): Promise<BundlePath> {
    const { exposure, router } = this.#core;
    const at = this.#at === "self" ? SELF_ROUTE : this.#at;
    const built = await buildRoute(this.#core, planRelay(this.#core, at), {
      timeout: ATTEMPT_TIMEOUT,
      signal,
    });
    const ending = new AbortController();
    const flow = router.flowControls.producerOf(built.route[0]!)?.flowControlId;
    // By it others come in.
    if (flow !== undefined) exposure.open("relays", flow);
    return {
      route: built.route,
      ending,
      pingRoute: [...built.route, ECHO],
      closed: built.closed,
      reclaim: () => {
        for (const { relay } of this.#entries.values()) relay?.renew();
      },
      close: async () => {
        ending.abort(new Error("the way to the relay node was closed"));
        if (flow !== undefined) exposure.close("relays", flow);
        await built.close();
      },
    };
  }

  /** Registers a relay, and again when that was refused or has ended, as long as the path is in use. */
  async #keep(name: string, entry: Entry, path: BundlePath): Promise<void> {
    const signal = AbortSignal.any([path.ending.signal, entry.removing.signal]);
    let pause = MIN_REGISTRATION_PAUSE;
    while (!signal.aborted) {
      try {
        const options = { route: path.route, name, timeout: ATTEMPT_TIMEOUT, signal };
        const relay = await registerRelay(this.#core.router, options);
        entry.relay = relay;
        entry.wasUp = true;
        entry.endFirst();
        pause = MIN_REGISTRATION_PAUSE;
        const failure = await Promise.race([relay.ended, aborted(signal)]);
        if (entry.relay === relay) entry.relay = undefined;
        await relay.close();
        if (failure !== undefined) this.#failed(name, entry, failure);
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(name, entry, error instanceof Error ? error : new Error(String(error)));
      }
      await pausing(pause * (1 - Math.random() / 4), signal);
      pause = Math.min(2 * pause, MAX_REGISTRATION_PAUSE);
    }
  }

  #failed(name: string, entry: Entry, failure: Error): void {
    // Said once: it is tried again and again.
    if (entry.failure?.message !== failure.message)
      this.#core.log({
        level: "warn",
        area: "kafka",
        message: `${name} is not published at ${this.#at}`,
        error: failure,
      });
    entry.failure = failure;
    entry.endFirst();
  }
}

function nothing(): void {}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

/** Resolves after a pause, or when the signal is aborted. */
function pausing(delay: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, delay);
    signal.addEventListener("abort", end, { once: true });
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    if (signal.aborted) end();
  });
}
