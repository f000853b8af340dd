import { invalidMessage, kafkaError } from "./kafka-error.ts";
import { MAX_FRAME_LENGTH } from "./limits.ts";

const PREFIX_LENGTH = 4;
const SMALLEST_BUFFER = 4096;

/** Options of a {@link FrameDecoder}. */
export interface FrameDecoderOptions {
  /** Longest message that is accepted, in bytes; at most {@link MAX_FRAME_LENGTH}, the default. */
  readonly maxLength?: number;
}

/**
 * Cuts a stream into messages, each behind its length as an int32. Chunks may be cut anywhere, also within a length. Memory is taken
 * for bytes that came, not for bytes that a length announces. After an error the stream is of no use any more: close it.
 */
export class FrameDecoder {
  readonly #maxLength: number;
  readonly #prefix = new Uint8Array(PREFIX_LENGTH);
  #prefixFilled = 0;
  #length = 0;
  #buffer = new Uint8Array(0);
  #filled = 0;

  constructor(options: FrameDecoderOptions = {}) {
    const { maxLength = MAX_FRAME_LENGTH } = options;
    if (!(maxLength > 0 && maxLength <= MAX_FRAME_LENGTH)) {
      throw new RangeError(`maxLength must be from 1 to ${MAX_FRAME_LENGTH}`);
    }
    this.#maxLength = maxLength;
  }

  /** Whether the stream may end here: no message has begun. */
  get isIdle(): boolean {
    return this.#prefixFilled === 0;
  }

  /**
   * The messages that the chunk completes, without their lengths. A message that lies within the chunk is a view of it.
   * @throws OckamError OCKAM_KAFKA_PROTOCOL_FRAME_TOO_LONG, OCKAM_KAFKA_PROTOCOL_INVALID_MESSAGE for a length below 1
   */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    const messages: Uint8Array[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#prefixFilled < PREFIX_LENGTH) {
        offset += this.#fillPrefix(chunk, offset);
        continue;
      }
      const missing = this.#length - this.#filled;
      const taken = Math.min(missing, chunk.length - offset);
      if (taken === this.#length) messages.push(chunk.subarray(offset, offset + taken));
      else this.#append(chunk.subarray(offset, offset + taken));
      offset += taken;
      if (taken < missing) continue;
      if (taken !== this.#length) messages.push(this.#buffer.subarray(0, this.#length));
      this.#reset();
    }
    return messages;
  }

  #fillPrefix(chunk: Uint8Array, offset: number): number {
    const part = chunk.subarray(offset, offset + PREFIX_LENGTH - this.#prefixFilled);
    this.#prefix.set(part, this.#prefixFilled);
    this.#prefixFilled += part.length;
    if (this.#prefixFilled === PREFIX_LENGTH) {
      this.#length = new DataView(this.#prefix.buffer).getInt32(0);
      if (this.#length < 1) throw invalidMessage(`a message of ${this.#length} bytes`);
      if (this.#length > this.#maxLength) {
        throw kafkaError(
          "OCKAM_KAFKA_PROTOCOL_FRAME_TOO_LONG",
          `a message of ${this.#length} bytes, more than ${this.#maxLength}: is this Kafka?`,
        );
      }
    }
    return part.length;
  }

  #append(part: Uint8Array): void {
    const needed = this.#filled + part.length;
    if (needed > this.#buffer.length) {
      const capacity = Math.max(needed, this.#buffer.length * 2, SMALLEST_BUFFER);
      const grown = new Uint8Array(Math.min(capacity, this.#length));
      grown.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = grown;
    }
    this.#buffer.set(part, this.#filled);
    this.#filled = needed;
  }

  #reset(): void {
    this.#prefixFilled = 0;
    this.#length = 0;
    this.#buffer = new Uint8Array(0);
    this.#filled = 0;
  }
}

/** The length that goes before a message: send it and the message as two pieces. */
export function framePrefix(length: number): Uint8Array {
  if (!(length > 0 && length <= MAX_FRAME_LENGTH)) {
    throw new RangeError(`a message has from 1 to ${MAX_FRAME_LENGTH} bytes, got ${length}`);
  }
  const prefix = new Uint8Array(PREFIX_LENGTH);
  new DataView(prefix.buffer).setInt32(0, length);
  return prefix;
}
