// Keeps a path to somewhere up. docs/protocol/sessions.md, "Sessions".
import { isOckamError } from "@ockam/codec";
import type { Log } from "@ockam/codec";
import type { Route, Router } from "@ockam/core-routing";

import { nodeError } from "../node-error.ts";
import { PathMonitor } from "./path-monitor.ts";

/** The first pause after a failure, ms. It doubles with each further failure. */
export const MIN_RETRY_DELAY = 100;
/** The longest pause after a failure, ms, counted from the beginning of the attempt. */
export const MAX_RETRY_DELAY = 2000;
/** How long an attempt may take, ms. With {@link MAX_RETRY_DELAY} less than the 5 s that a session has to heal in. */
export const ATTEMPT_TIMEOUT = 3500;
/**
 * How long an attempt may be silent before a further one begins beside it, ms: at first, and after
 * {@link EARLY_ATTEMPTS}. A relay leads nowhere until its owner has noticed that its own way is lost; an attempt from
 * before would wait for an answer that never comes.
 */
export const ATTEMPT_PATIENCE = 700;
/** See {@link ATTEMPT_PATIENCE}; ms. */
export const LATE_ATTEMPT_PATIENCE = 1000;
/** How long after a loss the shorter patience holds, ms. */
export const EARLY_ATTEMPTS = 10_000;
/** How much of a pause is left to chance, so that many sessions do not all come at once. */
export const RETRY_JITTER = 0.25;
/** How long a path has to last before failures are forgotten, ms. */
export const STABLE_AFTER = 5000;
/** How long a path that was given up may stay silent while connections still use it, ms. */
export const RETIREMENT = 180_000;
/** How often is looked whether a path that was given up is still in use, ms. */
export const RETIREMENT_INTERVAL = 5000;

/** What a session keeps up. */
export interface SessionPath {
  /** The way to an `echo` worker at its far end; undefined for a path that is not pinged. */
  readonly pingRoute: Route | undefined;
  /** Resolves when it is gone. */
  readonly closed: Promise<Error | undefined>;
  /**
   * Says at the far end that this is the path that counts: other attempts to open one may have been noticed there after it.
   * For paths of which the far end keeps one only.
   */
  reclaim?(): void;
  close(): Promise<void>;
}

/** Options of a {@link Session}. */
export interface SessionOptions<Path extends SessionPath> {
  readonly router: Router;
  /** For the log. */
  readonly name: string;
  readonly log: Log;
  /** Opens a path; gives up after {@link ATTEMPT_TIMEOUT}, or when aborted, and leaves nothing behind then. */
  open(signal: AbortSignal): Promise<Path>;
  /** The path to use from now on. */
  onUp(path: Path): void;
  /** There is no path at present. */
  onDown(reason: Error): void;
  /** See `PathMonitorOptions.received`; of what began at `time` (ms since 1970) or later. */
  received?(time: number): number;
  /** Whether something that began before `time` (ms since 1970) may still use a path that was given up then. */
  isInUse?(time: number): boolean;
}

interface Stage<Path> {
  readonly path: Path;
  readonly monitor: PathMonitor | undefined;
  readonly since: number;
  disposal?: Promise<void>;
}

interface Attempt {
  readonly controller: AbortController;
  /** Resolves when its path is in use, or nothing is left of it. */
  end: Promise<void>;
}

/**
 * Opens a path, notices when it is gone and opens another one, for ever. It reacts at once when the path closes; when
 * it falls silent, the monitor finds out. Attempts begin at most {@link MAX_RETRY_DELAY} apart, side by side when they
 * meet silence; the first that succeeds ends the others.
 *
 * A silent path stays until another one is up: if it answers meanwhile, it goes on being used. And it stays afterwards
 * as long as something uses it and it is not silent for {@link RETIREMENT}, since it may only be slow.
 */
export class Session<Path extends SessionPath> {
  /** Resolves after the first attempt, whatever became of it. */
  readonly firstAttempt: Promise<void>;
  readonly #options: SessionOptions<Path>;
  readonly #closing = new AbortController();
  readonly #retired = new Map<Stage<Path>, ReturnType<typeof setInterval>>();
  #current: Stage<Path> | undefined;
  #isUp = false;
  #since = Date.now();
  #lastFailure: Error | undefined;
  #lastFailureAt: number | undefined;
  /** In the order of their beginnings. */
  readonly #attempts = new Set<Attempt>();
  /** How many attempts were begun since a path was up. */
  #begun = 0;
  #failures = 0;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #endFirstAttempt: () => void = () => {};

  constructor(options: SessionOptions<Path>) {
    this.#options = options;
    this.firstAttempt = new Promise((resolve) => {
      this.#endFirstAttempt = resolve;
    });
  }

  /** Begins; with a path that is up already, or by opening one. */
  start(path?: Path): void {
    if (path === undefined) this.#connect();
    else this.#install(path);
  }

  get status(): "Up" | "Down" {
    return this.#isUp ? "Up" : "Down";
  }

  /** Why it is, or was last, down. */
  get lastFailure(): Error | undefined {
    return this.#lastFailure;
  }

  /** When {@link lastFailure} was noticed, ms since 1970. */
  get lastFailureAt(): number | undefined {
    return this.#lastFailureAt;
  }

  /** Since when it is up, or down, ms since 1970. */
  get since(): number {
    return this.#since;
  }

  /** How long the latest answer to a ping took, ms; undefined while it is down, and until there was one. */
  get roundTrip(): number | undefined {
    return this.#isUp ? this.#current?.monitor?.roundTrip : undefined;
  }

  /** The path in use, while it is up. */
  get path(): Path | undefined {
    return this.#isUp ? this.#current?.path : undefined;
  }

  /** Something that should have come by the path did not: it is asked at once. */
  suspect(): void {
    this.#current?.monitor?.suspect();
  }

  /** Opens another path though this one answers: it may lead to somebody else by now. At most every {@link MAX_RETRY_DELAY}. */
  renew(): void {
    const now = performance.now();
    if (!this.#isUp || this.#attempts.size > 0 || now - this.#renewedAt < MAX_RETRY_DELAY) return;
    this.#renewedAt = now;
    this.#connect();
  }

  /** Ends it, and closes its paths. */
  async close(): Promise<void> {
    this.#closing.abort(nodeError("CLOSED", `${this.#options.name} was closed`));
    void this.#endAttempts(this.#closing.signal.reason);
    this.#endFirstAttempt();
    const stages = this.#current === undefined ? [] : [this.#current];
    stages.push(...this.#retired.keys());
    this.#current = undefined;
    this.#isUp = false;
    await Promise.all(stages.map((stage) => this.#dispose(stage)));
  }

  #connect(): void {
    const isEarly = Date.now() - this.#since < EARLY_ATTEMPTS;
    if (!this.#isUp) this.#next(isEarly ? ATTEMPT_PATIENCE : LATE_ATTEMPT_PATIENCE);
    const attempt: Attempt = { controller: new AbortController(), end: Promise.resolve() };
    this.#attempts.add(attempt);
    this.#begun++;
    attempt.end = this.#try(attempt);
  }

  async #try(attempt: Attempt): Promise<void> {
    const { signal } = attempt.controller;
    const startedAt = performance.now();
    try {
      const path = await this.#options.open(signal);
      if (signal.aborted) await path.close();
      else this.#install(path);
    } catch (error) {
      if (signal.aborted) return;
      const isLatest = [...this.#attempts].at(-1) === attempt;
      this.#attempts.delete(attempt);
      // The path that was to be renewed is still there.
      if (this.#isUp) return;
      this.#down(error instanceof Error ? error : new Error(String(error)));
      if (isLatest) this.#retry(startedAt);
    } finally {
      this.#endFirstAttempt();
    }
  }

  /** Begins a further attempt after `delay` ms, unless something else comes between. */
  #next(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  /** @returns what is fulfilled when nothing is left of them */
  #endAttempts(reason?: unknown): Promise<unknown> {
    clearTimeout(this.#timer);
    const attempts = [...this.#attempts];
    this.#attempts.clear();
    for (const { controller } of attempts) controller.abort(reason);
    return Promise.allSettled(attempts.map(({ end }) => end));
  }

  #retry(startedAt: number): void {
    const longest = Math.min(MIN_RETRY_DELAY * 2 ** Math.min(this.#failures, 16), MAX_RETRY_DELAY);
    this.#failures++;
    const delay = longest * (1 - RETRY_JITTER * Math.random());
    this.#next(Math.max(0, startedAt + delay - performance.now()));
  }

  #install(path: Path): void {
    const hasOthers = this.#begun > 1;
    const end = this.#endAttempts();
    if (this.#current !== undefined) this.#retire(this.#current);
    const stage: Stage<Path> = { path, monitor: this.#watch(path), since: performance.now() };
    this.#current = stage;
    this.#up(path);
    if (hasOthers) void this.#reclaim(path, end);
    void path.closed.then((reason) => this.#ended(stage, reason));
  }

  #watch(path: Path): PathMonitor | undefined {
    if (path.pingRoute === undefined || path.pingRoute.length === 0) return undefined;
    const installedAt = Date.now();
    return new PathMonitor(this.#options.router, {
      route: path.pingRoute,
      onLost: () => this.#lost(path),
      onAlive: () => this.#found(path),
      received: () => this.#options.received?.(installedAt) ?? 0,
    });
  }

  #ended(stage: Stage<Path>, reason: Error | undefined): void {
    if (stage === this.#current) {
      this.#current = undefined;
      if (performance.now() - stage.since >= STABLE_AFTER) this.#failures = 0;
      this.#down(
        reason ?? nodeError("CONNECT_FAILED", `${this.#options.name}: the other side closed the connection`),
      );
      // The attempt to replace a silent path may be under way.
      if (this.#attempts.size === 0) this.#retry(performance.now());
    }
    void this.#dispose(stage);
  }

  #lost(path: Path): void {
    if (path !== this.#current?.path) return;
    this.#failures = 0;
    this.#down(nodeError("UNANSWERED", `${this.#options.name}: the other side does not answer any more`));
    if (this.#attempts.size === 0) this.#connect();
  }

  #found(path: Path): void {
    if (path !== this.#current?.path || this.#isUp) return;
    const hasOthers = this.#begun > 0;
    const end = this.#endAttempts();
    this.#up(path);
    if (hasOthers) void this.#reclaim(path, end);
  }

  /** The first path that is up is not the last one that the far end hears of, as long as something is left of the others. */
  async #reclaim(path: Path, othersEnded: Promise<unknown>): Promise<void> {
    if (path.reclaim === undefined) return;
    await othersEnded;
    if (path === this.path) path.reclaim();
  }

  #retire(stage: Stage<Path>): void {
    const retiredAt = Date.now();
    const look = (): void => {
      const aliveAt = stage.monitor?.aliveAt ?? Number.NEGATIVE_INFINITY;
      const isInUse = this.#options.isInUse?.(retiredAt) === true;
      if (!isInUse || performance.now() - aliveAt > RETIREMENT) void this.#dispose(stage);
    };
    this.#retired.set(stage, setInterval(look, RETIREMENT_INTERVAL));
    look();
  }

  #dispose(stage: Stage<Path>): Promise<void> {
    clearInterval(this.#retired.get(stage));
    this.#retired.delete(stage);
    stage.disposal ??= this.#close(stage);
    return stage.disposal;
  }

  async #close(stage: Stage<Path>): Promise<void> {
    try {
      await stage.monitor?.stop();
      await stage.path.close();
    } catch (error) {
      this.#report("debug", "a path could not be closed in order", error);
    }
  }

  #up(path: Path): void {
    if (!this.#isUp) this.#since = Date.now();
    this.#isUp = true;
    this.#begun = 0;
    this.#report("info", "up");
    this.#options.onUp(path);
  }

  #down(reason: Error): void {
    if (this.#closing.signal.aborted) return;
    const isNews = this.#isUp || kindOf(this.#lastFailure) !== kindOf(reason);
    if (this.#isUp) this.#since = Date.now();
    this.#isUp = false;
    this.#lastFailure = reason;
    this.#lastFailureAt = Date.now();
    if (isNews) this.#report("warn", "down", reason);
    this.#options.onDown(reason);
  }

  #report(level: "debug" | "info" | "warn", message: string, error?: unknown): void {
    this.#options.log({
      level,
      area: "session",
      message: `${this.#options.name}: ${message}`,
      ...(error === undefined ? {} : { error }),
    });
  }
}

/** What makes a failure another one than the one before: messages may hold numbers that change. */
function kindOf(failure: Error | undefined): string | undefined {
  return isOckamError(failure) ? failure.code : failure?.message;
}
