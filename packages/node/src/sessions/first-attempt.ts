import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until a session has tried once, for `wait` ms at most: what is created need not be up, but mostly is.
 * @throws the signal's reason
 */
export async function firstAttempt(
  session: { readonly firstAttempt: Promise<void> },
  wait: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const over = new AbortController();
  const bounds = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  try {
    await Promise.race([session.firstAttempt, sleep(wait, undefined, { signal: bounds })]);
  } finally {
    over.abort();
  }
}
