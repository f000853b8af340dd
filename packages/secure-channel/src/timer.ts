/** The longest time that timers can count, in milliseconds: 24 days. What is longer would pass at once. */
export const MAX_TIMER = 2_147_483_647;

/** Calls `callback` once after `milliseconds`, unless the returned function is called before; keeps no process alive. */
export function startTimer(milliseconds: number, callback: () => void): () => void {
  const timer: unknown = setTimeout(callback, Math.min(milliseconds, MAX_TIMER));
  // Node.js hands out an object, browsers a number.
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
  }
  return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
}
