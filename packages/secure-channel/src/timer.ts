/** Calls `callback` once after `milliseconds`, unless the returned function is called before; keeps no process alive. */
export function startTimer(milliseconds: number, callback: () => void): () => void {
  const timer: unknown = setTimeout(callback, milliseconds);
  // Node.js hands out an object, browsers a number.
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
  }
  return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
}
