// The checks of the conformance suite: they need no test runner's.
import { OckamError } from "@ockam/codec";

// Long enough for what is under way on this machine to happen.
const PAUSE = 20;

/** Fails with OckamError OCKAM_CONFORMANCE_FAILED and `message` unless `condition` holds. */
export function check(condition: boolean, message: string): void {
  if (!condition) throw failed(message);
}

/** What `run` fails with; its success is a failed check. */
export async function failure(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw failed("expected a failure, there was none");
}

/** A short while. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}

/** Whether `promise` is settled within a short while. */
export async function settlesSoon(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), pause().then(() => false)]);
}

/** Bytes that differ by place and by `seed`. */
export function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) + seed) & 0xff);
}

function failed(message: string): OckamError {
  return new OckamError("OCKAM_CONFORMANCE_FAILED", message);
}
