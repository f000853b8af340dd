// Whether the far end of a path still answers. docs/protocol/sessions.md, "Detecting loss".
import { CborWriter, toHex } from "@ockam/codec";
import { deniedPing } from "../policies/echo-denial.ts";
import type { Context, Message, Route, Router } from "@ockam/core-routing";

/** How often a quiet path is pinged, ms: with the times below, a path is known as lost within 4 s. */
export const PING_INTERVAL = 1200;
/** How long the answer to such a ping may take before the path is suspected, ms. */
export const PING_TIMEOUT = 1000;
/** How often a suspected path is pinged, ms. */
export const SUSPICION_INTERVAL = 500;
/** How many of those pings go unanswered before the path counts as lost. */
export const SUSPICION_PINGS = 3;
/** On slow paths the two times above are at least so many times as long as the shorter of the latest two answers took. */
export const ROUND_TRIPS = 3;

/** How many pings wait for their answers; after more, the oldest one does no more. */
export const MAX_OUTSTANDING_PINGS = 64;

/** What a {@link PathMonitor} tells. */
export interface PathMonitorOptions {
  /** The way to an `echo` worker. */
  readonly route: Route;
  /** Nothing came back for a while. Told once, until it is alive again. */
  onLost(): void;
  /** Something came back after all. */
  onAlive(): void;
  /** A number that grows when bytes come in by the path. */
  received(): number;
}

/**
 * Pings the `echo` worker at the end of a path: rarely as long as it answers, often when it does not. Payload and
 * worker are those of all Ockam nodes. An answer that comes late counts, too.
 */
export class PathMonitor {
  readonly #options: PathMonitorOptions;
  readonly #context: Context;
  /** When each ping that waits for its answer was sent, ms; the oldest first. */
  readonly #outstanding = new Map<string, number>();
  /** Those that need not be answered any more, since another one was. Their answers tell how long answers take. */
  #overtaken = new Map<string, number>();
  #mood: "calm" | "suspicious" | "lost" = "calm";
  #unanswered = 0;
  #received = 0;
  #roundTrip = 0;
  /** Of the answer before. */
  #roundTripBefore = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #aliveAt = performance.now();

  constructor(router: Router, options: PathMonitorOptions) {
    this.#options = options;
    this.#context = router.start((message) => this.#pong(message));
    router.flowControls.linkConsumer(this.#context.address, options.route[0]!);
    this.#schedule(PING_INTERVAL);
  }

  /** When something last came back, in ms of `performance.now()`. */
  get aliveAt(): number {
    return this.#aliveAt;
  }

  /** How long the latest answer took, ms; undefined before the first one. */
  get roundTrip(): number | undefined {
    return this.#roundTrip === 0 ? undefined : this.#roundTrip;
  }

  /** Asks the path at once: something that should have come did not. */
  suspect(): void {
    if (this.#mood !== "calm" || this.#context.stopped) return;
    this.#mood = "suspicious";
    this.#unanswered = 0;
    this.#received = this.#options.received();
    this.#tick();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#context.stop();
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), delay);
  }

  #tick(): void {
    if (this.#mood === "calm" && this.#outstanding.size === 0) {
      this.#ping();
      return this.#schedule(this.#patience(PING_TIMEOUT));
    }
    // Answers queue behind data, which proves as much.
    if (this.#options.received() > this.#received) return this.#alive();
    if (this.#mood === "calm") return this.suspect();
    if (this.#mood === "suspicious" && this.#unanswered >= SUSPICION_PINGS) {
      this.#mood = "lost";
      this.#options.onLost();
    }
    if (this.#context.stopped) return undefined;
    this.#unanswered++;
    this.#ping();
    return this.#schedule(this.#mood === "lost" ? PING_INTERVAL : this.#patience(SUSPICION_INTERVAL));
  }

  #patience(least: number): number {
    // One answer that was late, as after a short cut, does not make a path slow.
    return Math.max(least, ROUND_TRIPS * Math.min(this.#roundTrip, this.#roundTripBefore));
  }

  #ping(): void {
    const random = new BigUint64Array(1);
    globalThis.crypto.getRandomValues(random);
    const payload = new CborWriter(9).uint(random[0]!).finish();
    this.#outstanding.set(toHex(payload), performance.now());
    const [oldest] = this.#outstanding.keys();
    if (oldest !== undefined && this.#outstanding.size > MAX_OUTSTANDING_PINGS)
      this.#outstanding.delete(oldest);
    this.#received = this.#options.received();
    try {
      // A way that is gone or congested shows by the missing answer.
      this.#context.send(this.#options.route, payload)?.catch(() => {});
    } catch {
      // The same.
    }
  }

  #pong(message: Message): void {
    // A node that does not allow this one to ping it is there all the same.
    const payload = deniedPing(message.payload) ?? message.payload;
    const key = toHex(payload);
    const sentAt = this.#outstanding.get(key);
    const overtakenAt = this.#overtaken.get(key);
    if (sentAt !== undefined) {
      this.#roundTripBefore = this.#roundTrip;
      this.#roundTrip = performance.now() - sentAt;
    } else if (overtakenAt !== undefined) {
      // What was held up together tells once how slow the path is.
      this.#roundTrip = Math.min(this.#roundTrip, performance.now() - overtakenAt);
    } else return;
    this.#outstanding.delete(key);
    this.#overtaken.delete(key);
    this.#alive();
  }

  #alive(): void {
    // After a cut the first answer is as late as the cut was long. Those behind it, and a new one, tell what is true now.
    if (this.#outstanding.size > 0) this.#overtaken = new Map(this.#outstanding);
    this.#outstanding.clear();
    this.#aliveAt = performance.now();
    const wasLost = this.#mood === "lost";
    this.#mood = "calm";
    this.#schedule(PING_INTERVAL);
    if (!wasLost) return;
    this.#ping();
    this.#schedule(this.#patience(PING_TIMEOUT));
    this.#options.onAlive();
  }
}
