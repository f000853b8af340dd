// One connection through a portal, the same at both ends once it is established. docs/protocol/portals.md.
import { OckamError } from "@ockam/codec";
import type { AccessControl, Address, Message, Route } from "@ockam/core-routing";

import { IncomingBytes } from "./incoming-bytes.ts";
import { STALL_TIMEOUT } from "./limits.ts";
import type { LocalEnd } from "./local-end.ts";
import { OutgoingBytes } from "./outgoing-bytes.ts";
import type { PortalConnection } from "./portal-connection.ts";
import type { PortalExtension } from "./portal-extension.ts";
import { encodeExtension, hasStreamControl, STREAM_CONTROL } from "./portal-extension.ts";
import type { FailureReason } from "./portal-failure.ts";
import { portalFailure, reasonOfWire, wireReason } from "./portal-failure.ts";
import type { PayloadMessage, PortalMessage, Progress } from "./portal-message.ts";
import { encodeDisconnect, encodeReset, isPayload } from "./portal-message.ts";
import { ProgressSender } from "./progress-sender.ts";
import type { WatchedStream } from "./route-watch.ts";
import { SignsOfLife } from "./signs-of-life.ts";
import type { StreamSettings } from "./stream-settings.ts";
import { StreamWorker } from "./stream-worker.ts";

/** Data and ends in both directions. What comes before a stream is established is up to the subclasses. */
export abstract class PortalStream extends StreamWorker implements PortalConnection, WatchedStream {
  readonly openedAt: number = Date.now();
  protected readonly end: LocalEnd;
  // the way to the other end
  readonly #signsOfLife: SignsOfLife = new SignsOfLife();
  #route: Route | undefined;
  #watched: Address | undefined;
  // data
  readonly #outgoing: OutgoingBytes;
  readonly #incoming: IncomingBytes;
  readonly #progress: ProgressSender;
  // whether the peer takes part in credit, ends with totals and Reset
  #controlled = false;
  #finishSent = false;
  #finishReceived = false;
  #finished = false;
  #lingerTimer: NodeJS.Timeout | undefined;
  #answered = true;
  #closed = false;

  protected constructor(settings: StreamSettings, end: LocalEnd, incoming: AccessControl | undefined) {
    super(settings, incoming);
    this.end = end;
    this.#outgoing = new OutgoingBytes(
      {
        transmit: (pieces) => {
          this.#answered = false;
          return this.context.send(this.#route!, pieces);
        },
        onRoom: () => this.end.resume(),
        onFlushed: () => this.#onFlushed(),
        onFailed: (cause) => this.fail("routeLost", cause),
      },
      settings.counted,
    );
    this.#incoming = new IncomingBytes(end, settings.budget);
    this.#progress = new ProgressSender({
      progress: () => ({
        finished: this.#finishSent,
        sent: this.#outgoing.sent,
        limit: this.#incoming.limit,
      }),
      transmit: (payload) => (this.#closed ? undefined : this.#send(payload)),
      onIdle: () => this.#closeIfDone(),
    });
  }

  get local(): string {
    return this.end.name;
  }

  get state(): "opening" | "open" {
    return this.#route === undefined ? "opening" : "open";
  }

  get streamControl(): boolean {
    return this.#controlled;
  }

  get bytesSent(): number {
    return this.#outgoing.sent;
  }

  get bytesReceived(): number {
    return this.#incoming.received;
  }

  get bytesPending(): number {
    return this.end.pendingLength;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Ends it: both applications see a reset. */
  reset(reason: FailureReason = "closed"): void {
    this.fail(reason);
  }

  routeLost(): void {
    // With both ends exchanged nothing more is needed from the way.
    if (!this.#isSettled()) this.fail("routeLost");
  }

  disturbed(): void {
    if (this.#route === undefined || this.#isSettled()) return;
    // Counters and totals find out by themselves whether this stream lost something; without them nothing is certain.
    // They ask at the next tick: a way that is disturbed all the time must not multiply into as many questions.
    if (this.#controlled) this.#progress.ask();
    else this.fail("lost");
  }

  tick(now: number): void {
    const heldSince = this.#incoming.heldSince;
    if (heldSince !== undefined && now - heldSince >= STALL_TIMEOUT) this.fail("stalled");
    if (!this.#controlled || this.#isSettled()) return;
    const verdict = this.#signsOfLife.judge(now);
    if (verdict === "give-up") return this.fail("silent");
    if (verdict === "ask") this.#progress.ask();
    this.#progress.sendQuestion();
  }

  /** A message before the stream is established. */
  protected abstract handleUnopened(message: Message, decoded: PortalMessage): void;

  /** The application's side failed before the stream was established. */
  protected abstract onUnopenedError(cause: Error): void;

  /** What this side announces in a Ping or Pong; `status` is 0 or the reason of a failed connect. */
  protected announce(status: number): Uint8Array {
    // Stream control builds on the counter.
    if (!this.settings.counted) return new Uint8Array(0);
    return encodeExtension({ capabilities: STREAM_CONTROL, credit: this.#incoming.limit, status });
  }

  /** Notices when `hop` is gone. */
  protected watch(hop: Address): void {
    this.#unwatch();
    this.#watched = hop;
    this.settings.watch.add(hop, this);
  }

  /** Begins to read the application; what it writes is held until {@link establish}. */
  protected listen(): void {
    this.end.start({
      onData: (chunk, more) => {
        if (!this.#closed && !this.#outgoing.push(chunk, more)) this.end.pause();
      },
      onEnd: () => {
        if (!this.#closed) this.#outgoing.end();
      },
      onError: (cause) => {
        if (this.#closed) return;
        // An interceptor says itself what is wrong.
        if (cause instanceof OckamError) this.fail("reset", cause);
        else if (this.#route === undefined) this.onUnopenedError(cause);
        else this.fail("reset", cause);
      },
      onDrain: () => this.#onDrain(),
      onFinish: () => {
        this.#finished = true;
        this.#closeIfDone();
      },
    });
  }

  /**
   * Data may flow, along `route` until the end; with credit if the peer announced it. `first` goes ahead of them: its
   * answer may come before this method returns.
   */
  protected establish(route: Route, extension: PortalExtension | undefined, first?: Uint8Array): void {
    this.#route = route;
    this.watch(route[0]!);
    this.#signsOfLife.heard();
    this.#controlled = hasStreamControl(extension) && this.settings.counted;
    if (!this.#controlled) this.#incoming.withoutCredit();
    if (first !== undefined) void this.#send(first);
    if (this.#closed) return;
    this.end.opened();
    this.#outgoing.allow(this.#controlled ? (extension?.credit ?? 0) : Number.MAX_SAFE_INTEGER);
  }

  /** Ends the stream as a failure: the peer is told the reason, the application sees a reset. */
  protected fail(reason: FailureReason, cause?: unknown): void {
    if (this.#closed) return;
    if (this.#route !== undefined && !this.#isSettled()) {
      const last = this.#controlled ? encodeReset(wireReason(reason)) : encodeDisconnect();
      this.sendQuietly(this.#route, last);
    }
    this.close(cause instanceof OckamError && reason === "reset" ? cause : portalFailure(reason, { cause }));
  }

  /** Ends the stream without a word to the peer; the application sees a reset if there is a `failure`. */
  protected close(failure?: OckamError): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#lingerTimer);
    this.#unwatch();
    this.#outgoing.stop();
    this.#incoming.close();
    if (failure !== undefined) this.end.reset(failure);
    this.stopWorker();
    this.settings.onClosed(this, failure);
  }

  protected override onShutdown(): void {
    this.close(portalFailure("closed"));
  }

  protected override onUnreadable(message: Message, error: unknown): void {
    // A Payload that is cut off is bytes that are missing: nothing good can follow.
    if (this.#route !== undefined && isPayload(message)) this.fail("misbehaved", error);
  }

  protected override handleDecoded(message: Message, decoded: PortalMessage): void | Promise<void> {
    if (this.#route === undefined) return this.handleUnopened(message, decoded);
    this.#signsOfLife.heard();
    switch (decoded.type) {
      case "payload":
        return this.#onPayload(decoded);
      case "disconnect":
        return this.#onDisconnect();
      case "progress":
        return this.#controlled ? this.#onProgress(decoded) : undefined;
      case "reset":
        return this.#controlled ? this.close(portalFailure(reasonOfWire(decoded.reason))) : undefined;
      default:
        return undefined;
    }
  }

  #onPayload(payload: PayloadMessage): void | Promise<void> {
    const reason = this.#finishReceived ? "misbehaved" : this.#incoming.accept(payload);
    if (reason !== undefined) return this.fail(reason);
    if (this.#controlled) {
      if (this.#incoming.renewCredit()) this.#progress.send();
      return undefined;
    }
    this.#answered = true;
    if (this.#lingerTimer !== undefined) this.#linger();
    return this.#incoming.holdUp();
  }

  #onProgress(progress: Progress): void {
    // The way keeps the order, so the sender's total is what must have come: anything else was lost or repeated.
    if (progress.sent !== this.#incoming.received) return this.fail("lost");
    this.#outgoing.allow(progress.limit);
    if (this.#closed) return;
    if (progress.finished && !this.#finishReceived) {
      this.#finishReceived = true;
      this.end.end();
    }
    if (progress.wantsAnswer) this.#progress.send();
    this.#closeIfDone();
  }

  /** From a peer without totals this is the end or a failure; it says not which, and nothing contradicts the end. */
  #onDisconnect(): void {
    if (this.#controlled) return this.fail("misbehaved");
    this.end.close();
    this.close();
  }

  #onFlushed(): void {
    if (this.#controlled) {
      this.#finishSent = true;
      this.#progress.send();
      this.#closeIfDone();
    } else if (this.settings.linger > 0) {
      this.#linger();
    } else {
      this.#disconnect();
    }
  }

  #linger(): void {
    clearTimeout(this.#lingerTimer);
    this.#lingerTimer = setTimeout(() => {
      // The application may still wait for an answer to its last bytes: without one this is no end.
      if (this.#answered) this.#disconnect();
      else this.fail("unanswered");
    }, this.settings.linger);
  }

  #disconnect(): void {
    this.sendQuietly(this.#route!, encodeDisconnect());
    this.end.close();
    this.close();
  }

  /** A promise, which is never rejected, when the way is congested. */
  #send(payload: Uint8Array): Promise<void> | undefined {
    try {
      const wait = this.context.send(this.#route!, payload);
      return wait?.catch((error: unknown) => this.fail("routeLost", error));
    } catch (error) {
      this.fail("routeLost", error);
      return undefined;
    }
  }

  #onDrain(): void {
    if (this.#closed) return;
    this.#incoming.letGo();
    if (!this.#finishReceived && this.#incoming.renewCredit()) this.#progress.send();
  }

  #unwatch(): void {
    if (this.#watched !== undefined) this.settings.watch.remove(this.#watched, this);
    this.#watched = undefined;
  }

  /** Both ends were exchanged: only this side's application has yet to take its bytes. */
  #isSettled(): boolean {
    return this.#finishSent && this.#finishReceived;
  }

  #closeIfDone(): void {
    if (this.#isSettled() && this.#finished && !this.#progress.isDue) this.close();
  }
}
