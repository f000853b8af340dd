/** Tells why it takes a moment until the prompt is back. */
export function sayStopping(): void {
  console.log("\nStopping the nodes and removing their state…");
}

/** What comes of `work`, unless `signal` aborts first. Rejects with its reason then. */
export async function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  return Promise.race([work, stopped]);
}
