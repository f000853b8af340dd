/**
 * How to take back what a job has done so far. Disposing it does so, the last thing first, all of them even when one fails;
 * unless the job was done to its end, {@link keep}. `AsyncDisposableStack` would be the same on Node.js 24 or later.
 */
export class Undo implements AsyncDisposable {
  readonly #actions: (() => Promise<void>)[] = [];

  /** Adds how to take back the latest thing. */
  defer(action: () => Promise<void>): void {
    this.#actions.push(action);
  }

  /** Nothing is to be taken back any more. */
  keep(): void {
    this.#actions.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const action = this.#actions.pop();
    if (action === undefined) return;
    try {
      await action();
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }
}
