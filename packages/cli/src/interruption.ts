import { constants } from "node:os";

import { OckamError } from "@ockam/codec";
import { currentPlatform } from "@ockam/node/platform";

/** How long a command has to end by itself after a signal, ms: as long as `node stop` gives to a node. */
export const INTERRUPTION_TIMEOUT = 5000;

/** What an interruption needs of a process. */
export interface InterruptibleProcess {
  readonly pid: number;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  removeListener(signal: NodeJS.Signals, listener: () => void): unknown;
  kill(pid: number, signal: NodeJS.Signals): unknown;
  exit(code: number): unknown;
}

/** What it needs of an operating system. */
export type SignalPlatform = Pick<ReturnType<typeof currentPlatform>, "endSignals" | "tellsOfSignals">;

/**
 * Turns the first signal that ends a process (SIGINT by Ctrl-C, SIGTERM, SIGHUP; Windows has others) into an aborted
 * signal, so that the command cleans up behind itself. A command that has not ended in time, or a second signal, ends the process at once.
 */
export class Interruption implements Disposable {
  readonly #process: InterruptibleProcess;
  readonly #tellsOfSignals: boolean;
  readonly #controller = new AbortController();
  readonly #listeners: readonly (readonly [NodeJS.Signals, () => void])[];
  #received: NodeJS.Signals | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(interrupted: InterruptibleProcess, platform: SignalPlatform = currentPlatform()) {
    this.#process = interrupted;
    this.#tellsOfSignals = platform.tellsOfSignals;
    this.#listeners = platform.endSignals.map((name) => [name, (): void => this.#onSignal(name)] as const);
    for (const [name, listener] of this.#listeners) interrupted.on(name, listener);
  }

  /** Aborted with OCKAM_CLI_CANCELLED by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Ends the process by the signal that it got, as if that had not been caught: a shell then ends the loop or script
   * that the command is part of. Does nothing without one.
   */
  end(): void {
    const received = this.#received;
    if (received === undefined) return;
    this[Symbol.dispose]();
    if (this.#tellsOfSignals) this.#process.kill(this.#process.pid, received);
    // Else, and for the first process of a container, which no signal of its own ends.
    this.#process.exit(exitCodeOfSignal(received));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const [name, listener] of this.#listeners) this.#process.removeListener(name, listener);
  }

  #onSignal(name: NodeJS.Signals): void {
    if (this.#received !== undefined) {
      this.end();
      return;
    }
    this.#received = name;
    this.#timer = setTimeout(() => this.end(), INTERRUPTION_TIMEOUT).unref();
    this.#controller.abort(
      new OckamError("OCKAM_CLI_CANCELLED", `Interrupted by ${name === "SIGINT" ? "Ctrl-C" : name}`, {
        details: { signal: name },
      }),
    );
  }
}

/** What shells say of a program that a signal ended: 128 and its number. */
export function exitCodeOfSignal(name: string): number {
  return 128 + ((constants.signals as Readonly<Record<string, number>>)[name] ?? 0);
}
