import { constants } from "node:os";

import { OckamError } from "@ockam/codec";

/** The signals by which people and systems end a program. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

type Signal = (typeof SIGNALS)[number];

/** How long a command has to end by itself after a signal, ms: as long as `node stop` gives to a node. */
export const INTERRUPTION_TIMEOUT = 5000;

/** What an interruption needs of a process. */
export interface InterruptibleProcess {
  readonly pid: number;
  on(signal: Signal, listener: () => void): unknown;
  removeListener(signal: Signal, listener: () => void): unknown;
  kill(pid: number, signal: Signal): unknown;
  exit(code: number): unknown;
}

/**
 * Turns the first SIGINT (Ctrl-C), SIGTERM or SIGHUP of a process into an aborted signal, so that the command cleans up
 * behind itself. A command that has not ended in time, or a second signal, ends the process at once.
 */
export class Interruption implements Disposable {
  readonly #process: InterruptibleProcess;
  readonly #controller = new AbortController();
  readonly #listeners = SIGNALS.map((name) => [name, (): void => this.#onSignal(name)] as const);
  #received: Signal | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(interrupted: InterruptibleProcess) {
    this.#process = interrupted;
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
    this.#process.kill(this.#process.pid, received);
    // Where the system has no signals, or the process is the first one of a container, which they do not end.
    this.#process.exit(exitCodeOfSignal(received));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const [name, listener] of this.#listeners) this.#process.removeListener(name, listener);
  }

  #onSignal(name: Signal): void {
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
