import { isOckamError, toHex } from "@ockam/codec";

/** Registers one test: `test` of Vitest, `node:test` and most other runners fit. */
export type RegisterTest = (name: string, run: () => void | Promise<void>) => void;

/** Fails the running test unless `condition` holds. */
export function check(condition: boolean, expectation: string): asserts condition {
  if (!condition) throw new Error(`expected ${expectation}`);
}

/** Fails the running test unless `actual` is plain bytes equal to `expected`. */
export function checkBytes(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  check(actual !== undefined, `${what}, got undefined`);
  check(actual.constructor === Uint8Array, `${what} as a plain Uint8Array, got ${actual.constructor.name}`);
  check(toHex(actual) === toHex(expected), `${what} ${toHex(expected)}, got ${toHex(actual)}`);
}

/** Fails the running test unless `run` throws, or rejects, with an OckamError of `code`. */
export async function checkFailure(run: () => unknown, code: string): Promise<void> {
  const error = await failureOf(run);
  check(isOckamError(error, code), `an OckamError of code ${code}, got ${String(error)}`);
}

/** Fails the running test unless `run` throws, or rejects, with a RangeError. */
export async function checkRangeError(run: () => unknown): Promise<void> {
  const error = await failureOf(run);
  check(error instanceof RangeError, `a RangeError, got ${String(error)}`);
}

async function failureOf(run: () => unknown): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error;
  }
}
