import { equalBytes, toHex } from "@ockam/codec";
import { Identifier, IDENTIFIER_LENGTH } from "../identifier.ts";

/** The function of a test runner that declares a test: of Vitest, `node:test`, Bun or any other. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;

/** What a conformance suite may use of a storage beside its methods. */
export interface StorageSuiteOptions<S> {
  /**
   * Opens the same stored data a second time, as another process would. Without it the suite cannot test atomicity
   * across processes, and tests it within one object.
   */
  readonly openAgain?: (storage: S) => S | Promise<S>;
  /** Releases a storage after its test. */
  readonly close?: (storage: S) => void | Promise<void>;
}

/** Runs a test with a fresh storage, and with the same data opened again if that is possible. */
export type StorageTest<S> = (name: string, run: (storage: S, again: S) => Promise<void>) => void;

/** Binds `test` to storages that `create` makes, each closed after its test. */
export function storageTest<S>(
  test: TestFunction,
  create: () => S | Promise<S>,
  options: StorageSuiteOptions<S>,
): StorageTest<S> {
  return (name, run) => {
    test(name, async () => {
      const storage = await create();
      const again = (await options.openAgain?.(storage)) ?? storage;
      try {
        await run(storage, again);
      } finally {
        if (again !== storage) await options.close?.(again);
        await options.close?.(storage);
      }
    });
  };
}

/** An identifier whose bytes all are `byte`. */
export function sampleIdentifier(byte: number): Identifier {
  return new Identifier(new Uint8Array(IDENTIFIER_LENGTH).fill(byte));
}

/** Fails the test unless both are the same bytes, or both undefined. */
export function expectSame(actual: Uint8Array | undefined, expected: Uint8Array | undefined): void {
  if (actual === undefined || expected === undefined) {
    if (actual !== expected) fail(`expected ${show(expected)}, got ${show(actual)}`);
    return;
  }
  if (!(actual instanceof Uint8Array) || !equalBytes(actual, expected)) {
    fail(`expected ${show(expected)}, got ${show(actual)}`);
  }
}

/** Fails the test unless `condition` holds. */
export function expectThat(condition: boolean, message: string): void {
  if (!condition) fail(message);
}

/** Fails the test unless `promise` rejects with `error` itself. */
export async function expectRejection(promise: Promise<unknown>, error: Error): Promise<void> {
  let caught: unknown;
  try {
    await promise;
  } catch (thrown) {
    caught = thrown;
  }
  expectThat(
    caught === error,
    `expected the error "${error.message}" to be passed on, got ${String(caught)}`,
  );
}

function show(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "nothing" : `the bytes ${toHex(bytes)}`;
}

function fail(message: string): never {
  const error = new Error(message);
  error.name = "AssertionError";
  throw error;
}
