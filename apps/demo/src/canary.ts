/** Looks for texts in a byte stream that comes in pieces, also where a text lies across two of them. */
export class CanarySearch {
  /** The texts that have been seen. */
  readonly found: Set<string> = new Set();
  readonly #canaries: readonly string[];
  readonly #overlap: number;
  #tail: Buffer = Buffer.alloc(0);

  constructor(canaries: readonly string[]) {
    this.#canaries = canaries;
    this.#overlap = Math.max(0, ...canaries.map((canary) => Buffer.byteLength(canary) - 1));
  }

  /** Looks at the next piece of the stream. */
  push(data: Uint8Array): void {
    const window = Buffer.concat([this.#tail, data]);
    for (const canary of this.#canaries) if (window.includes(canary)) this.found.add(canary);
    this.#tail = window.subarray(Math.max(0, window.length - this.#overlap));
  }
}
