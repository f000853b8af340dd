/** Calls `callback` once after `milliseconds`, unless the returned function is called before; keeps no process alive. */
export function startTimer(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds);
  release(timer);
  return () => clearTimeout(timer);
}

/** Calls `callback` again and again until the returned function is called; keeps no process alive. */
export function startInterval(milliseconds: number, callback: () => void): () => void {
  const timer = setInterval(callback, milliseconds);
  release(timer);
  return () => clearInterval(timer);
}

/** Node.js and Bun hand out an object, Deno a number. */
function release(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
  }
}
