/** A promise and the functions that settle it: what `Promise.withResolvers` gives, for the language level of the workspace. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason: Error) => void;

  constructor() {
    let resolve!: this["resolve"];
    let reject!: this["reject"];
    this.promise = new Promise<T>((onResolve, onReject) => {
      resolve = onResolve;
      reject = onReject;
    });
    this.resolve = resolve;
    this.reject = reject;
  }
}
