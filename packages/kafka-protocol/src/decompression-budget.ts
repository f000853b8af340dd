import { decompressionLimit } from "./bounded-output.ts";
import { MAX_DECOMPRESSED_LENGTH, MAX_DECOMPRESSION_RATIO, MIN_DECOMPRESSION_ALLOWANCE } from "./limits.ts";

/**
 * How many bytes the batches of one record set may still decompress to, all together: many small bombs are one bomb. A batch is
 * charged when its records are read first.
 */
export class DecompressionBudget {
  #left: number;

  /** For a record set of `length` bytes; `limit` replaces the limit that its length gives it. */
  constructor(length: number, limit?: number) {
    this.#left = Math.min(
      limit ?? Math.max(length * MAX_DECOMPRESSION_RATIO, MIN_DECOMPRESSION_ALLOWANCE),
      MAX_DECOMPRESSED_LENGTH,
    );
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#left;
  }

  /** Takes `length` bytes. Throws OckamError OCKAM_KAFKA_PROTOCOL_DECOMPRESSION_LIMIT. */
  take(length: number): void {
    if (length > this.#left) throw decompressionLimit(this.#left);
    this.#left -= length;
  }
}
